// SPDX-License-Identifier: Apache-2.0
// Element: looks the connection's endpoint up, in its domain, and makes its URL the next hop.
//
// The look-up is made for every Request, since the Find before it may have been another replica's. What was
// found last is only used where the look-up fails, so that a registry's restart ends no connection.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "src/core/clock.h"
#include "src/core/mutex.h"
#include "src/nsm/chain.h"
#include "src/nsm/registry_chain.h"

namespace nsm::proxy {

class FindTarget final : public Element {
 public:
  // `endpoints` takes "endpoint@domain" as well as plain names of our own domain.
  FindTarget(const RegistryChain<EndpointKind>& endpoints, const Clock& clock)
      : endpoints_(endpoints), clock_(clock) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  struct Found {
    Url url;
    absl::Time at;
  };
  absl::StatusOr<Url> Find(const Context& context, const std::string& endpoint);
  absl::StatusOr<Url> LookUp(const Context& context, const std::string& endpoint) const;
  void Remember(const std::string& endpoint, const Url& url) EXCLUDES(mutex_);
  std::optional<Url> Known(const std::string& endpoint) const EXCLUDES(mutex_);

  const RegistryChain<EndpointKind>& endpoints_;
  const Clock& clock_;
  mutable Mutex mutex_;
  std::map<std::string, Found> known_ GUARDED_BY(mutex_);
};

}  // namespace nsm::proxy
