// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/chain.h"

#include "src/nsm/connect.h"
#include "src/nsm/external_tunnel.h"
#include "src/nsm/monitor.h"
#include "src/nsm/refuse_remote_kernel.h"
#include "src/nsm/strip_domain.h"
#include "src/nsm/timeout.h"
#include "src/nsm/update_path.h"
#include "src/nsm/update_token.h"
#include "src/nsm/watch_next_hop.h"
#include "src/nsmgr/discover_forwarder.h"
#include "src/nsmgr/exclude_prefixes.h"
#include "src/nsmgr/watch_service.h"

namespace nsm::nsmgr {

Begin& Compose(Chain& chain, Hop& hop, const Registries& registries, const OwnDomains& own_domains,
               const AddressMap& addresses, const PrefixList& excluded, ServiceMonitor& services,
               const Labels& labels) {
  chain.Add<RefuseRemoteKernel>();
  chain.Add<UpdatePath>(hop.name);
  chain.Add<UpdateToken>(hop.tokens);
  Begin& begin = chain.Add<Begin>(hop.clock);
  chain.Add<Timeout>(hop.timers);
  chain.Add<WatchNextHop>(hop.next_hops);
  chain.Add<Monitor>(hop.monitor);
  chain.Add<ClientInfo>(labels);
  chain.Add<ExcludePrefixes>(excluded);
  chain.Add<StripOwnDomain>(own_domains);
  chain.Add<ExternalTunnel>(addresses);
  chain.Add<WatchService>(services);
  chain.Add<DiscoverForwarder>([&registries] { return registries.Forwarders(); },
                               [&registries](const Context& context, const std::string& name) {
                                 return registries.FindService(context, name);
                               });
  chain.Add<Connect>(hop.channels, hop.clock);
  return begin;
}

}  // namespace nsm::nsmgr
