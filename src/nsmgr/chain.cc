// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/chain.h"

#include "src/nsm/hop/entrance.h"
#include "src/nsm/request/connect.h"
#include "src/nsm/request/external_tunnel.h"
#include "src/nsm/request/pod_connections.h"
#include "src/nsm/request/refuse_remote_kernel.h"
#include "src/nsm/request/strip_own_domain.h"
#include "src/nsm/request/tell_monitor.h"
#include "src/nsm/request/watch_next_hop.h"
#include "src/nsmgr/discover_forwarder.h"
#include "src/nsmgr/exclude_prefixes.h"
#include "src/nsmgr/watch_service.h"

namespace nsm::nsmgr {

Begin& Compose(Chain& chain, Hop& hop, const Registries& registries, const OwnDomains& own_domains,
               AddressMap& addresses, const PrefixList& excluded, ServiceWatches& services,
               const Labels& labels) {
  chain.Add<RefuseRemoteKernel>();
  chain.Add<PodConnections>(hop.name, hop.monitor);
  Begin& begin = AddEntrance(chain, hop);
  chain.Add<WatchNextHop>(hop.next_hops);
  chain.Add<TellMonitor>(hop.monitor);
  chain.Add<ClientInfo>(labels);
  chain.Add<ExcludePrefixes>(excluded);
  chain.Add<StripOwnDomain>(own_domains);
  chain.Add<ExternalTunnel>(addresses, hop.monitor);
  chain.Add<WatchService>(services);
  chain.Add<DiscoverForwarder>([&registries] { return registries.Forwarders(); },
                               [&registries](const Context& context, const std::string& name) {
                                 return registries.FindService(context, name);
                               },
                               hop.clock);
  chain.Add<Connect>(hop.channels, hop.next_hop_peers, hop.next_hops, hop.clock);
  return begin;
}

}  // namespace nsm::nsmgr
