// SPDX-License-Identifier: Apache-2.0
// The registry of a domain (NSR): the two chains of nsm-registry over their stores.
#pragma once

#include <optional>

#include "src/core/clock.h"
#include "src/core/url.h"
#include "src/nsm/config/own_domains.h"
#include "src/nsm/identity/identity.h"
#include "src/nsm/identity/policies.h"
#include "src/nsm/registry/registry_chain.h"
#include "src/nsm/registry/store.h"
#include "src/nsm/rpc/channel_pool.h"

namespace nsm::registry {

class Registry {
 public:
  struct Options {
    std::optional<Url> proxy;                         // proxy NSR; none: a domain without neighbours
    absl::Duration endpoint_life = absl::Minutes(1);  // at most, between two registrations
  };
  // What the chains work with; outlives them. The stores end what ends.
  struct Parts {
    const Clock& clock;
    ChannelPool& channels;
    const Identity& identity;
    Policies policies;
    const OwnDomains& own_domains;
    Store<ServiceKind>& services;
    Store<EndpointKind>& endpoints;
  };
  Registry(const Options& options, const Parts& parts);

  const RegistryChain<ServiceKind>& services() const { return services_; }
  const RegistryChain<EndpointKind>& endpoints() const { return endpoints_; }

 private:
  RegistryChain<ServiceKind> services_;
  RegistryChain<EndpointKind> endpoints_;
};

}  // namespace nsm::registry
