// SPDX-License-Identifier: Apache-2.0
// cls_bpf filters at clsact or, those of what arrives, at an ingress qdisc; in the calling thread's
// namespace. They belong to the device: they outlive this process, keep the program alive, and do not keep a
// namespace alive. All at one priority and handle, so that attaching again replaces the program atomically.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/core/ids.h"

namespace nsm::bpf {

enum class TcHook { kIngress, kEgress };

inline constexpr uint32_t kTcPriority = 1;
inline constexpr uint32_t kTcHandle = 0x6e736d;  // "nsm"

// Attaches, or replaces the program that is attached, where there is a qdisc for it.
absl::Status AttachTcFilter(Ifindex index, TcHook hook, int program_fd);
// The same; adds clsact where there is none.
absl::Status EnsureTcFilter(Ifindex index, TcHook hook, int program_fd);
// Not there, or the link is gone, is fine. Leaves the qdisc, in which others may have filters.
absl::Status RemoveTcFilter(Ifindex index, TcHook hook);
// The kernel's number of the program attached as ours; 0 if there is none.
absl::StatusOr<uint32_t> QueryTcFilter(Ifindex index, TcHook hook);

}  // namespace nsm::bpf
