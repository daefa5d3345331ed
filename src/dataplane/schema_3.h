// SPDX-License-Identifier: Apache-2.0
// What schema 3 has pinned. It is in kernels as it is: do not change it (schema.h).
#pragma once

#include <cstdint>

#include "src/dataplane/schema.h"

namespace nsm::dataplane {

namespace schema_3 {

struct Node {
  uint32_t vxlan_ifindex;
};
static_assert(sizeof(Node) == 4);

// One for each CPU.
struct Traffic {
  uint64_t packets_sent;
  uint64_t bytes_sent;
  uint64_t packets_received;
  uint64_t bytes_received;
};
static_assert(sizeof(Traffic) == 32);

}  // namespace schema_3

// To schema 4, which has a map more, "paths", and in "node" and "traffic" what the fast path needs. Until
// somebody fills these, no packet takes it.
absl::StatusOr<PinnedMaps> UpgradeFrom3(PinnedMaps maps);

}  // namespace nsm::dataplane
