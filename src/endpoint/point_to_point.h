// SPDX-License-Identifier: Apache-2.0
// Element of an endpoint: gives each connection addresses and routes.
#pragma once

#include <vector>

#include "src/endpoint/ipam.h"
#include "src/nsm/chain.h"

namespace nsm::endpoint {

class PointToPoint final : public Element {
 public:
  // `routes` are prefixes that clients reach through this endpoint, beside its own address.
  PointToPoint(Ipam& ipam, std::vector<IpPrefix> routes) : ipam_(ipam), routes_(std::move(routes)) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  Ipam& ipam_;
  const std::vector<IpPrefix> routes_;
};

}  // namespace nsm::endpoint
