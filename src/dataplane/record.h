// SPDX-License-Identifier: Apache-2.0
// A cross-connect as it is remembered in the kernel: what a started forwarder needs to know to adopt it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>

#include "absl/time/time.h"
#include "src/core/ids.h"
#include "src/dataplane/cross_connect.h"

namespace nsm::dataplane {

// An attachment as it was made: the pair's index, the same at both ends and chosen by us, and the namespace
// of the pod's end with what identifies it.
struct BuiltAttachment {
  Ifindex index;
  NetnsInode netns;
  NetnsCookie cookie;
  std::string name;  // of the pod's end
  bool operator==(const BuiltAttachment&) const = default;
};

// Host ends have indexes from here to 2^30 - 1, pod ends those with one more bit: out of the way of the
// kernel's own, which count up from 1 and never have this bit.
inline constexpr uint32_t kFirstIndex = 1u << 29;
constexpr bool IsOurs(Ifindex index) { return index.value >= kFirstIndex; }

// Of the pod's end: a program in the pod finds the attachment by it.
constexpr Ifindex PodIndex(Ifindex host_end) { return {host_end.value | 1u << 30}; }

// The host end of the pair with such an end.
constexpr Ifindex HostIndex(Ifindex either_end) { return {either_end.value & ~(1u << 30)}; }

using BuiltLeg = std::variant<BuiltAttachment, Tunnel>;

struct Record {
  std::string id;
  absl::Time expiry;
  Payload payload = Payload::kEthernet;
  bool guarded = false;
  uint32_t mtu = 0;
  bool peer_answers = false;
  std::array<BuiltLeg, 2> legs;  // client, endpoint
  bool operator==(const Record&) const = default;
};

}  // namespace nsm::dataplane
