// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/chain.h"

#include "src/forwarder/discover_endpoint.h"
#include "src/forwarder/join_legs.h"
#include "src/forwarder/take_up.h"
#include "src/nsm/hop/entrance.h"
#include "src/nsm/registry/find_all.h"
#include "src/nsm/request/connect.h"
#include "src/nsm/request/refuse_remote_kernel.h"
#include "src/nsm/request/tell_monitor.h"
#include "src/nsm/request/watch_next_hop.h"

namespace nsm::forwarder {

Begin& Compose(Chain& chain, Hop& hop, const RegistryChain<ServiceKind>& services,
               const RegistryChain<EndpointKind>& endpoints, dataplane::Dataplane& dataplane,
               const TunnelEnd& own) {
  auto find_services = [&services](const Context& context, ::registry::NetworkServiceQuery query) {
    return FindAll(services.Begin(), context, std::move(query));
  };
  auto find_endpoints = [&endpoints](const Context& context, ::registry::NetworkServiceEndpointQuery query) {
    return FindAll(endpoints.Begin(), context, std::move(query));
  };
  chain.Add<RefuseRemoteKernel>();
  chain.Add<TakeUp>(hop.name, dataplane, hop.monitor, hop.clock);
  Begin& begin = AddEntrance(chain, hop);
  chain.Add<WatchNextHop>(hop.next_hops);
  chain.Add<TellMonitor>(hop.monitor);
  chain.Add<DiscoverEndpoint>(find_services, find_endpoints, hop.clock);
  chain.Add<JoinLegs>(dataplane, own, hop.clock);
  chain.Add<Connect>(hop.channels, hop.next_hops, hop.clock);
  return begin;
}

}  // namespace nsm::forwarder
