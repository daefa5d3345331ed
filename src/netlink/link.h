// SPDX-License-Identifier: Apache-2.0
// Network devices. All functions work in the namespace of the socket.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/core/ids.h"
#include "src/core/mac_address.h"
#include "src/netlink/socket.h"

namespace nsm::netlink {

// What a collect-metadata ("external") VXLAN device is made of; IFLA_VXLAN_*.
struct VxlanSettings {
  uint16_t port = 0;
  bool collect_metadata = false;
  bool learning = false;
  bool udp_zero_checksum6_rx = false;
  bool operator==(const VxlanSettings&) const = default;
};

struct Link {
  Ifindex index;
  std::string name;
  std::string alias;
  std::string kind;  // IFLA_INFO_KIND: "veth", "vxlan"; empty for hardware
  MacAddress mac;    // zero where the link has none
  uint32_t mtu = 0;
  uint32_t group = 0;
  uint16_t type = 0;  // ARPHRD_*
  bool up = false;    // IFF_UP, as the administrator wants it
  std::optional<VxlanSettings> vxlan;
  bool operator==(const Link&) const = default;
};

// A veth pair whose other end is made in another namespace right away, with indexes of the caller's choice.
struct VethPair {
  Ifindex index;  // here
  std::string name;
  Ifindex peer_index;  // there
  std::string peer_name;
  int peer_netns_fd = -1;
  uint32_t group = 0;                            // of the end here
  uint32_t mtu = 0;                              // of both; 0 leaves the kernel's default
  std::optional<MacAddress> mac = std::nullopt;  // of both; none leaves the kernel's choice, one for each
};

// Changes to a link in one message; what is not given stays.
struct LinkChange {
  std::optional<bool> up = std::nullopt;
  std::optional<std::string> name = std::nullopt;
  std::optional<std::string> alias = std::nullopt;
  std::optional<MacAddress> mac = std::nullopt;
  std::optional<uint32_t> mtu = std::nullopt;
  std::optional<uint32_t> group = std::nullopt;
};

// NOT_FOUND: there is no such link; one that has the name as an alternative name is another one.
absl::StatusOr<Link> GetLink(Socket& socket, Ifindex index);
absl::StatusOr<Link> GetLink(Socket& socket, const std::string& name);
// Every link of the namespace. For starting and cleaning up: a node has thousands.
absl::Status DumpLinks(Socket& socket, const std::function<void(const Link&)>& handler);

// Both ends are down and have one queue each way. ALREADY_EXISTS: a name is taken. ABORTED: the index is.
absl::Status CreateVethPair(Socket& socket, const VethPair& pair);
// Down, so that the guard can be attached first; an address in use shows only when it is put up.
absl::Status CreateVxlan(Socket& socket, const std::string& name, const VxlanSettings& settings);
// NOT_FOUND: there is no such link.
absl::Status ChangeLink(Socket& socket, Ifindex index, const LinkChange& change);
absl::Status RemoveLink(Socket& socket, Ifindex index);
// Deletes all links of a group at once, for the price of one. None there is fine.
absl::Status RemoveGroup(Socket& socket, uint32_t group);

}  // namespace nsm::netlink
