// SPDX-License-Identifier: Apache-2.0
// The fast path: programs write and strip outer headers themselves, without the node's VXLAN device. It leads
// to a peer as long as map "peers" says so; packets that it is not for take the device (bpf/encapsulate.h,
// bpf/decapsulate.h).
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/dataplane/dataplane.h"

namespace nsm::dataplane {

// Runs the programs on a packet, with the maps pinned below `folder`. FAILED_PRECONDITION, with the reason:
// this kernel does not do what they ask of it.
absl::Status ProbeFastPath(const std::string& folder);

// What the VXLAN device chooses source ports from, of the calling thread's namespace.
struct SourcePorts {
  uint16_t first = 0;
  uint16_t count = 0;
  bool operator==(const SourcePorts&) const = default;
};
absl::StatusOr<SourcePorts> ReadSourcePorts();

}  // namespace nsm::dataplane
