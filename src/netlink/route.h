// SPDX-License-Identifier: Apache-2.0
// Routes of the main table. All functions work in the namespace of the socket.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

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
  // It leads to more than a neighbour itself.
  bool LeadsBeyond() const { return next_hop.has_value() || prefix.length() < prefix.address().bits(); }
  bool operator==(const LinkRoute&) const = default;
};

// A route of a namespace, whoever made it.
struct FoundRoute {
  LinkRoute route;  // without an index where it has several next hops, or none
  bool is_ours = false;
  bool operator==(const FoundRoute&) const = default;
};

// How the kernel would send to an address.
struct RouteLookup {
  Ifindex index;
  std::optional<IpAddress> next_hop;  // of either family; none: the destination is on the link
  std::optional<uint32_t> mtu;  // where the route says so (metric mtu), or the path was found to be narrower
  bool is_plain = false;        // unicast to another host, and nothing is put around packets on the way
};

// Ours have metrics from here on, but for those to a neighbour itself from the second on: what others make is
// preferred, and a neighbour is preferred to what is behind another one.
inline constexpr uint32_t kFirstMetric = 1'000'000;
inline constexpr uint32_t kFirstMetricBeyond = 2'000'000;
inline constexpr uint32_t kMostAlike = 4096;

// A next hop need not be in any prefix of the link. Routes to the same prefix stay, and stay in use: the new
// one has the first metric that is free. RESOURCE_EXHAUSTED: there are kMostAlike of them.
absl::Status AddRoute(Socket& socket, const LinkRoute& route);
// Not there, or the link is gone, is fine.
absl::Status RemoveRoute(Socket& socket, const LinkRoute& route);
// Our own routes over one link. A link that is gone has none.
absl::Status DumpRoutes(Socket& socket, Ifindex index, const std::function<void(const LinkRoute&)>& handler);
// All that contain the prefix or are in it; to a single address only the one that is used. None is fine.
absl::StatusOr<std::vector<FoundRoute>> FindRoutes(Socket& socket, const IpPrefix& prefix);
// From `source`, where that is given: an address of this namespace of the same family. NOT_FOUND or
// UNAVAILABLE: there is no route.
absl::StatusOr<RouteLookup> LookUpRoute(Socket& socket, const IpAddress& destination,
                                        const std::optional<IpAddress>& source = std::nullopt);

}  // namespace nsm::netlink
