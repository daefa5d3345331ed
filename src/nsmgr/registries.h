// SPDX-License-Identifier: Apache-2.0
// The registries that an NSMgr serves to its node: those of the domain, with this node's endpoints by their
// own URLs and with this node's forwarders.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/core/clock.h"
#include "src/core/timer_queue.h"
#include "src/core/url.h"
#include "src/nsm/config/own_domains.h"
#include "src/nsm/identity/identity.h"
#include "src/nsm/identity/policies.h"
#include "src/nsm/registry/find_cache.h"
#include "src/nsm/registry/memory_store.h"
#include "src/nsm/rpc/channel_pool.h"
#include "src/nsmgr/local_bypass.h"
#include "src/nsmgr/local_forwarders.h"
#include "src/nsmgr/pod_endpoints.h"

namespace nsm::nsmgr {

class Registries {
 public:
  struct Options {
    std::optional<Url> registry;  // of the domain; none: this NSMgr is a domain of its own
    Url published;                // where other nodes reach this NSMgr
    absl::Duration endpoint_life = absl::Minutes(1);  // at most, between two registrations
    Labels labels = {};                               // that say where this NSMgr is
  };
  // What the chains work with; outlives them.
  struct Parts {
    const Clock& clock;
    TimerQueue& timers;
    TimerQueue& expiries;  // for removals, which may wait for a registry that hangs
    ChannelPool& channels;
    const Identity& identity;
    Policies policies;
    const OwnDomains& own_domains;
  };
  Registries(const Options& options, const Parts& parts);

  const RegistryChain<ServiceKind>& services() const { return services_; }
  const RegistryChain<EndpointKind>& endpoints() const { return endpoints_; }

  // The forwarders of this node.
  std::vector<NetworkServiceEndpoint> Forwarders() const { return forwarders_->List(); }
  // The endpoints of this node: names and URLs.
  std::map<std::string, std::string> LocalEndpoints() const { return bypass_->List(); }
  // How many look-ups are watched.
  size_t lookups() const { return known_services_->size(); }
  // A pod with a door of its own is gone.
  void Forget(const Pod& pod) const { pods_->Forget(pod.uid); }
  // NOT_FOUND where the domain has no such service. Blocks, at most until the context's deadline.
  absl::StatusOr<NetworkService> FindService(const Context& context, const std::string& name) const;

 private:
  // Used where there is no registry.
  MemoryStore<ServiceKind> own_services_;
  MemoryStore<EndpointKind> own_endpoints_;
  RegistryChain<ServiceKind> services_;
  RegistryChain<EndpointKind> endpoints_;
  const FindCache<ServiceKind>* known_services_ = nullptr;
  PodEndpoints* pods_ = nullptr;
  const LocalForwarders* forwarders_ = nullptr;
  const LocalBypass* bypass_ = nullptr;
};

}  // namespace nsm::nsmgr
