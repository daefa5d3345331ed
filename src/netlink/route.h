// SPDX-License-Identifier: Apache-2.0
// Routes of the main table. All functions work in the namespace of the socket.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/core/ids.h"
#include "src/core/ip_address.h"
#include "src/netlink/socket.h"

namespace nsm::netlink {

// What our routes carry as their origin (rtm_protocol), so that they can be told from those of others.
inline constexpr uint8_t kRouteProtocol = 97;

struct LinkRoute {
  Ifindex index;
  IpPrefix prefix;
  std::optional<IpAddress> next_hop;  // none: the destination is on the link
  bool operator==(const LinkRoute&) const = default;
};

// How the kernel would send to an address.
struct RouteLookup {
  Ifindex index;
  std::optional<uint32_t> mtu;  // where the route says so (metric mtu), or the path was found to be narrower
};

// A next hop need not be in any prefix of the link. Replaces another route to the same prefix.
absl::Status EnsureRoute(Socket& socket, const LinkRoute& route);
// Not there, or the link is gone, is fine.
absl::Status RemoveRoute(Socket& socket, const LinkRoute& route);
// Our own routes over one link. A link that is gone has none.
absl::Status DumpRoutes(Socket& socket, Ifindex index, const std::function<void(const LinkRoute&)>& handler);
// NOT_FOUND or UNAVAILABLE: there is no route.
absl::StatusOr<RouteLookup> LookUpRoute(Socket& socket, const IpAddress& destination);

}  // namespace nsm::netlink
