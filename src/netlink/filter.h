// SPDX-License-Identifier: Apache-2.0
// cls_bpf filters at clsact or, those of what arrives, at an ingress qdisc (kernel: net/sched/cls_bpf.c).
// They belong to the device: they outlive this process, keep the program alive, and do not keep a namespace
// alive. Always at one priority and handle, so that putting one again replaces the program atomically; on a
// device of several dataplanes each has a handle of its own, and the filters are asked one after the other.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/core/ids.h"
#include "src/netlink/socket.h"

namespace nsm::netlink {

enum class Hook { kIngress, kEgress };

// Where a filter is, in the namespace of the socket that it is put with.
struct FilterPlace {
  static constexpr uint32_t kPriority = 1;
  static constexpr uint32_t kHandle = 0x6e736d;  // "nsm"
  // Of the dataplane with this UDP port.
  static constexpr uint32_t HandleOf(uint16_t port) { return 0x6e730000u | port; }

  Ifindex index;
  Hook hook = Hook::kIngress;
  uint32_t handle = kHandle;
};

// Puts the program of this descriptor there, also in place of another one. NOT_FOUND: there is no qdisc for
// it, or no link.
absl::Status PutFilter(Socket& socket, const FilterPlace& place, int program_fd);
// The same; adds clsact where there is none. FAILED_PRECONDITION, with what to do: what is there has no such
// place.
absl::Status EnsureFilter(Socket& socket, const FilterPlace& place, int program_fd);
// Not there, or the link is gone, is fine. Leaves the qdisc, in which others may have filters.
absl::Status RemoveFilter(Socket& socket, const FilterPlace& place);
// The kernel's number of the program there; 0 if there is none.
absl::StatusOr<uint32_t> FindFilter(Socket& socket, const FilterPlace& place);

}  // namespace nsm::netlink
