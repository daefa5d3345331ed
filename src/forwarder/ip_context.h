// SPDX-License-Identifier: Apache-2.0
// From a connection's IP context to what each of its two pods gets (NSM v1, sdk-kernel
// connectioncontextkernel).
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "src/dataplane/cross_connect.h"
#include "src/nsm/wire/wire.h"

namespace nsm::forwarder {

enum class Side { kClient, kEndpoint };

// The part of an IP context that one side sees.
struct SideOfIpContext {
  std::vector<IpPrefix> addresses;
  // Host routes to the other side's addresses that no own prefix covers, own prefixes, then the declared
  // routes; an empty
  // next hop becomes the other side's address of that family, unless the route is one to the other side
  // itself.
  std::vector<dataplane::Route> routes;
  std::vector<IpAddress> opposite;  // addresses of the other side
  // The own addresses and what the other side has routes to.
  std::vector<IpPrefix> allowed_sources;
  bool operator==(const SideOfIpContext&) const = default;
};

// INVALID_ARGUMENT names the field and the text that is no address or prefix.
absl::StatusOr<SideOfIpContext> ReadIpContext(const ::connectioncontext::IPContext& context, Side side);

// Of the interface of one side: tells people, and a forwarder that was started again, which client's
// connection it is.
std::string AliasFor(Side side, const Connection& connection);

}  // namespace nsm::forwarder
