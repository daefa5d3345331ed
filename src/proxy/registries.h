// SPDX-License-Identifier: Apache-2.0
// The registries that a proxy serves (proxy NSR), and the one in which it looks up itself.
#pragma once

#include "src/nsm/config/address_map.h"
#include "src/nsm/config/own_domains.h"
#include "src/nsm/hop/hop.h"
#include "src/nsm/registry/find_cache.h"
#include "src/nsm/registry/registry_chain.h"
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
             AddressMap& addresses);

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
}  // namespace nsm::proxy
