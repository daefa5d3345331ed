// SPDX-License-Identifier: Apache-2.0
// What a proxy does with a Find (proxy NSR) and with a Request (proxy NSMgr), from top to bottom.
#pragma once

#include "src/nsm/address_map.h"
#include "src/nsm/begin.h"
#include "src/nsm/chain.h"
#include "src/nsm/find_cache.h"
#include "src/nsm/hop.h"
#include "src/nsm/own_domain.h"
#include "src/nsm/registry_chain.h"
#include "src/proxy/publish_urls.h"
#include "src/proxy/remote_find.h"

namespace nsm::proxy {

class Registries {
 public:
  struct Options {
    Url registry;    // of our domain
    Url public_url;  // of our proxy NSMgr
    Advertise advertise = Advertise::kNode;
  };
  // Everything that is passed outlives this.
  Registries(const Options& options, Hop& hop, const RemoteParts& remote, const OwnDomains& own_domains,
             const AddressMap& addresses);

  // For our own domain's registry, which asks for "name@domain", and for other domains, which ask for plain
  // names.
  const RegistryChain<ServiceKind>& services() const { return services_; }
  const RegistryChain<EndpointKind>& endpoints() const { return endpoints_; }
  // For the proxy NSMgr: URLs as the domains themselves gave them.
  const RegistryChain<EndpointKind>& lookup() const { return lookup_; }
  // How many look-ups are watched.
  size_t lookups() const { return known_endpoints_->size(); }

 private:
  RegistryChain<ServiceKind> services_;
  RegistryChain<EndpointKind> endpoints_;
  RegistryChain<EndpointKind> lookup_;
  const FindCache<EndpointKind>* known_endpoints_ = nullptr;
};

// Everything that is passed outlives the chain. Returns the element that knows the established connections.
Begin& Compose(Chain& chain, Hop& hop, const Registries& registries, Resolver& resolver,
               const OwnDomains& own_domains, const AddressMap& addresses);

}  // namespace nsm::proxy
