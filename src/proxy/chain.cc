// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/chain.h"

#include "src/nsm/connect.h"
#include "src/nsm/external_tunnel.h"
#include "src/nsm/monitor.h"
#include "src/nsm/refuse_remote_kernel.h"
#include "src/nsm/registry_client.h"
#include "src/nsm/registry_domain.h"
#include "src/nsm/registry_update_path.h"
#include "src/nsm/strip_domain.h"
#include "src/nsm/timeout.h"
#include "src/nsm/update_path.h"
#include "src/nsm/update_token.h"
#include "src/nsm/watch_next_hop.h"
#include "src/proxy/find_target.h"
#include "src/proxy/refuse_loop.h"
#include "src/proxy/refuse_registration.h"
#include "src/proxy/remote_domains.h"
#include "src/proxy/swap_ip.h"

namespace nsm::proxy {

Registries::Registries(const Options& options, Hop& hop, const RemoteParts& remote,
                       const OwnDomains& own_domains, const AddressMap& addresses) {
  services_.Add<RegistryUpdatePath<ServiceKind>>(hop.tokens);
  services_.Add<RefuseRegistration<ServiceKind>>();
  services_.Add<RegistryOwnDomain<ServiceKind>>(own_domains);
  services_.Add<RemoteDomains<ServiceKind>>(remote);
  services_.Add<GrpcRegistry<ServiceKind>>(remote.channels, options.registry);

  endpoints_.Add<RegistryUpdatePath<EndpointKind>>(hop.tokens);
  endpoints_.Add<RefuseRegistration<EndpointKind>>();
  endpoints_.Add<RegistryOwnDomain<EndpointKind>>(own_domains);
  endpoints_.Add<PublishUrls>(options.public_url, options.advertise, addresses);
  endpoints_.Add<RemoteDomains<EndpointKind>>(remote);
  endpoints_.Add<GrpcRegistry<EndpointKind>>(remote.channels, options.registry);

  lookup_.Add<RegistryOwnDomain<EndpointKind>>(own_domains);
  known_endpoints_ = &lookup_.Add<FindCache<EndpointKind>>(hop.clock, hop.timers);
  lookup_.Add<RemoteDomains<EndpointKind>>(remote);
  lookup_.Add<GrpcRegistry<EndpointKind>>(remote.channels, options.registry);
}

Begin& Compose(Chain& chain, Hop& hop, const Registries& registries, Resolver& resolver,
               const OwnDomains& own_domains, const AddressMap& addresses) {
  chain.Add<RefuseRemoteKernel>();
  chain.Add<RefuseLoop>(hop.name);
  chain.Add<UpdatePath>(hop.name);
  chain.Add<UpdateToken>(hop.tokens);
  Begin& begin = chain.Add<Begin>(hop.clock);
  chain.Add<Timeout>(hop.timers);
  chain.Add<WatchNextHop>(hop.next_hops);
  chain.Add<Monitor>(hop.monitor);
  // These two are for what comes from another domain, where we advertise ourselves instead of our nodes.
  chain.Add<StripOwnDomain>(own_domains);
  chain.Add<ExternalTunnel>(addresses);
  chain.Add<FindTarget>(registries.lookup(), resolver, hop.clock);
  chain.Add<SwapIp>(addresses);
  chain.Add<Connect>(hop.channels, hop.clock);
  return begin;
}

}  // namespace nsm::proxy
