// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/chain.h"

#include "src/nsm/hop/entrance.h"
#include "src/nsm/request/connect.h"
#include "src/nsm/request/external_tunnel.h"
#include "src/nsm/request/refuse_remote_kernel.h"
#include "src/nsm/request/strip_own_domain.h"
#include "src/nsm/request/tell_monitor.h"
#include "src/nsm/request/watch_next_hop.h"
#include "src/proxy/find_target.h"
#include "src/proxy/refuse_loop.h"
#include "src/proxy/swap_ip.h"

namespace nsm::proxy {

Begin& Compose(Chain& chain, Hop& hop, const Registries& registries, Resolver& resolver,
               const OwnDomains& own_domains, AddressMap& addresses) {
  chain.Add<RefuseRemoteKernel>();
  chain.Add<RefuseLoop>(hop.name);
  Begin& begin = AddEntrance(chain, hop);
  chain.Add<WatchNextHop>(hop.next_hops);
  chain.Add<TellMonitor>(hop.monitor);
  // These two are for what comes from another domain, where we advertise ourselves instead of our nodes.
  chain.Add<StripOwnDomain>(own_domains);
  chain.Add<ExternalTunnel>(addresses, hop.monitor);
  chain.Add<FindTarget>(registries.lookup(), resolver, hop.clock);
  chain.Add<SwapIp>(addresses, hop.monitor);
  chain.Add<Connect>(hop.channels, hop.next_hop_peers, hop.next_hops, hop.clock);
  return begin;
}

}  // namespace nsm::proxy
