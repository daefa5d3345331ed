// SPDX-License-Identifier: Apache-2.0
// Element: finds the next hop for the connection's endpoint: the proxy NSMgr of its domain if that publishes
// one, else the URL that its registry gives.
//
// Of several addresses each has its share of the time, until one is reached. The look-up is made for every
// Request, since the Find before it may have been another replica's. Where the last Request to an endpoint
// went is remembered, and used where the look-up fails, so that a registry's restart ends no connection.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/core/clock.h"
#include "src/core/mutex.h"
#include "src/nsm/registry/registry_chain.h"
#include "src/nsm/request/chain.h"
#include "src/proxy/resolver.h"

namespace nsm::proxy {

class FindTarget final : public Element {
 public:
  // `endpoints` takes "endpoint@domain" as well as plain names of our own domain.
  FindTarget(const RegistryChain<EndpointKind>& endpoints, Resolver& resolver, const Clock& clock)
      : endpoints_(endpoints), resolver_(resolver), clock_(clock) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  struct Found {
    Url url;
    absl::Duration at;  // of Clock::Elapsed
  };
  absl::StatusOr<std::vector<Url>> Find(const Context& context, const std::string& endpoint) const;
  absl::StatusOr<std::vector<Url>> LookUp(const Context& context, const std::string& endpoint) const;
  std::vector<Url> ProxiesOf(const std::string& endpoint, absl::Time deadline) const;
  void Remember(const std::string& endpoint, const Url& url) EXCLUDES(mutex_);
  std::optional<Url> Known(const std::string& endpoint) const EXCLUDES(mutex_);

  const RegistryChain<EndpointKind>& endpoints_;
  Resolver& resolver_;
  const Clock& clock_;
  mutable Mutex mutex_;
  std::map<std::string, Found> known_ GUARDED_BY(mutex_);
};

}  // namespace nsm::proxy
