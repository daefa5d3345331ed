// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/chain.h"

#include "src/forwarder/discover_endpoint.h"
#include "src/forwarder/join_legs.h"
#include "src/forwarder/kernel_mechanism.h"
#include "src/forwarder/take_up.h"
#include "src/nsm/hop/entrance.h"
#include "src/nsm/registry/find_all.h"
#include "src/nsm/request/connect.h"
#include "src/nsm/request/refuse_remote_kernel.h"
#include "src/nsm/request/tell_monitor.h"
#include "src/nsm/request/watch_next_hop.h"

namespace nsm::forwarder {

Mechanisms MechanismsOf(dataplane::Dataplane& dataplane, const TunnelEnd& own) {
  Mechanisms all;
  all.Add<KernelMechanism>(dataplane);
  all.Add<VxlanMechanism>(dataplane, own);
  return all;
}

Begin& Compose(Chain& chain, Hop& hop, const RegistryChain<ServiceKind>& services,
               const RegistryChain<EndpointKind>& endpoints, dataplane::Dataplane& dataplane,
               const Mechanisms& mechanisms) {
  auto find_services = [&services](const Context& context, ::registry::NetworkServiceQuery query) {
    return FindAll(services.Begin(), context, std::move(query));
  };
  auto find_endpoints = [&endpoints](const Context& context, ::registry::NetworkServiceEndpointQuery query) {
    return FindAll(endpoints.Begin(), context, std::move(query));
  };
  chain.Add<RefuseRemoteKernel>();
  chain.Add<TakeUp>(hop.name, mechanisms, hop.monitor, hop.clock);
  Begin& begin = AddEntrance(chain, hop);
  chain.Add<WatchNextHop>(hop.next_hops);
  chain.Add<TellMonitor>(hop.monitor);
  chain.Add<DiscoverEndpoint>(find_services, find_endpoints, hop.clock);
  chain.Add<JoinLegs>(dataplane, mechanisms, hop.clock);
  chain.Add<Connect>(hop.channels, hop.next_hop_peers, hop.next_hops, hop.clock);
  return begin;
}

}  // namespace nsm::forwarder
