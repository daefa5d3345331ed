// SPDX-License-Identifier: Apache-2.0
// cls_bpf filters at clsact or, those of what arrives, at an ingress qdisc; in the calling thread's
// namespace. They belong to the device: they outlive this process, keep the program alive, and do not keep a
// namespace alive. Always at one priority and handle, so that attaching again replaces the program
// atomically; on a device of several dataplanes each has a handle of its own, and the filters are asked one
// after the other.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/core/ids.h"

namespace nsm::bpf {

enum class TcHook { kIngress, kEgress };

inline constexpr uint32_t kTcPriority = 1;
inline constexpr uint32_t kTcHandle = 0x6e736d;  // "nsm"
// Of the dataplane with this UDP port.
constexpr uint32_t TcHandleOf(uint16_t port) { return 0x6e730000u | port; }

// Attaches, or replaces the program that is attached, where there is a qdisc for it.
absl::Status AttachTcFilter(Ifindex index, TcHook hook, int program_fd, uint32_t handle = kTcHandle);
// The same; adds clsact where there is none.
absl::Status EnsureTcFilter(Ifindex index, TcHook hook, int program_fd, uint32_t handle = kTcHandle);
// Not there, or the link is gone, is fine. Leaves the qdisc, in which others may have filters.
absl::Status RemoveTcFilter(Ifindex index, TcHook hook, uint32_t handle = kTcHandle);
// The kernel's number of the program attached as ours; 0 if there is none.
absl::StatusOr<uint32_t> QueryTcFilter(Ifindex index, TcHook hook, uint32_t handle = kTcHandle);

}  // namespace nsm::bpf
