// SPDX-License-Identifier: Apache-2.0
// Permanent neighbours of network devices. All functions work in the namespace of the socket.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "src/core/ids.h"
#include "src/core/ip_address.h"
#include "src/core/mac_address.h"
#include "src/netlink/socket.h"

namespace nsm::netlink {

struct Neighbor {
  IpAddress address;
  MacAddress mac;
  bool operator==(const Neighbor&) const = default;
};

// Replaces what the kernel knows of the address.
absl::Status EnsureNeighbor(Socket& socket, Ifindex index, const Neighbor& neighbor);
// Not there, or the link is gone, is fine.
absl::Status RemoveNeighbor(Socket& socket, Ifindex index, const IpAddress& address);
// The permanent ones of a link. A link that is gone has none.
absl::Status DumpNeighbors(Socket& socket, Ifindex index,
                           const std::function<void(const Neighbor&)>& handler);

}  // namespace nsm::netlink
