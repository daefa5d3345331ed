// SPDX-License-Identifier: Apache-2.0
// Element of an endpoint: gives each connection addresses and routes.
#pragma once

#include <vector>

#include "src/endpoint/ipam.h"
#include "src/nsm/request/chain.h"

namespace nsm::endpoint {

// What happens to addresses of a connection that are not from this endpoint's pools, and to the routes to
// them.
enum class IpamPolicy {
  kPolite,  // they stay: another endpoint of the same connection may have given them. Those of an endpoint
            // that the client has given up (RESELECT_REQUESTED) go, or packets would be sent to where nobody
            // is
  // They go, and with them every other route for the client: this endpoint is the only one of the connection,
  // and what is not its own it has given itself, when it was started with other options.
  kStrict,
};

// "polite" or "strict".
absl::StatusOr<IpamPolicy> ParseIpamPolicy(const std::string& text);

class PointToPoint final : public Element {
 public:
  // `routes` are prefixes that clients reach through this endpoint, beside its own address.
  PointToPoint(Ipam& ipam, IpamPolicy policy, std::vector<IpPrefix> routes)
      : ipam_(ipam), policy_(policy), routes_(std::move(routes)) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  Ipam& ipam_;
  const IpamPolicy policy_;
  const std::vector<IpPrefix> routes_;
};

}  // namespace nsm::endpoint
