// SPDX-License-Identifier: Apache-2.0
// Element: finds the endpoint of a connection in the registry and makes its URL the next hop.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "src/core/clock.h"
#include "src/core/mutex.h"
#include "src/nsm/request/chain.h"

namespace nsm::forwarder {

// An endpoint that the connection names is looked up by that name, and must offer the service. Otherwise
// those that fit the client's labels are tried in turn, beginning at another one each time, until one
// accepts; last the one that the client has just given up (RESELECT_REQUESTED, and the path still ends
// there), which may be dead and take its time.
class DiscoverEndpoint final : public Element {
 public:
  using Endpoints = std::vector<NetworkServiceEndpoint>;
  using FindServices = std::function<absl::StatusOr<std::vector<NetworkService>>(
      const Context&, ::registry::NetworkServiceQuery)>;
  using FindEndpoints =
      std::function<absl::StatusOr<Endpoints>(const Context&, ::registry::NetworkServiceEndpointQuery)>;

  DiscoverEndpoint(FindServices find_services, FindEndpoints find_endpoints, const Clock& clock)
      : find_services_(std::move(find_services)), find_endpoints_(std::move(find_endpoints)), clock_(clock) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  absl::StatusOr<NetworkServiceEndpoint> FindByName(const Context& context, const std::string& name) const;
  // The endpoint that the connection names; NOT_FOUND if it does not offer the service.
  absl::StatusOr<NetworkServiceEndpoint> FindNamed(const Context& context,
                                                   const Connection& connection) const;
  absl::StatusOr<NetworkService> FindService(const Context& context, const Connection& connection) const;
  absl::StatusOr<Endpoints> Candidates(const Context& context, const NetworkService& service,
                                       const Connection& connection) const;
  size_t NextTurn(const std::string& service) EXCLUDES(mutex_);

  const FindServices find_services_;
  const FindEndpoints find_endpoints_;
  const Clock& clock_;
  Mutex mutex_;
  std::map<std::string, size_t> turns_ GUARDED_BY(mutex_);
};

}  // namespace nsm::forwarder
