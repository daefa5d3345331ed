// SPDX-License-Identifier: Apache-2.0
// Small numbers of the kernel and of the wire as types of their own, so that they cannot be confused.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace nsm {

// Index of a network device in its namespace (struct ifinfomsg ifi_index); 0 is none.
struct Ifindex {
  uint32_t value = 0;
  auto operator<=>(const Ifindex&) const = default;
};

// VXLAN network identifier, 24 bits, 0 is not used (RFC 7348).
struct Vni {
  static constexpr uint32_t kMax = (1u << 24) - 1;
  static absl::StatusOr<Vni> Parse(absl::string_view text);
  uint32_t value = 0;
  auto operator<=>(const Vni&) const = default;
};

// Where a namespace can be found: device and inode of its nsfs file. Inodes are used again as soon as a
// namespace is gone, so this finds a namespace and does not identify it; its cookie does.
struct NetnsInode {
  // "inode://4/4026531840", the form it has on the wire (mechanism parameter inodeURL).
  static absl::StatusOr<NetnsInode> ParseUrl(absl::string_view url);
  std::string ToUrl() const;
  uint64_t device = 0;
  uint64_t inode = 0;
  auto operator<=>(const NetnsInode&) const = default;
};

// SO_NETNS_COOKIE: unique for as long as the kernel runs; 0 is none.
struct NetnsCookie {
  uint64_t value = 0;
  auto operator<=>(const NetnsCookie&) const = default;
};

}  // namespace nsm
