// SPDX-License-Identifier: Apache-2.0
// What schema 5 has pinned. It is in kernels as it is: do not change it (schema.h).
#pragma once

#include <cstdint>

#include "src/dataplane/schema.h"

namespace nsm::dataplane {

namespace schema_5 {

struct Path {
  uint32_t next_hop[4];
  uint32_t ifindex;
  uint32_t mtu;
};
static_assert(sizeof(Path) == 24);

}  // namespace schema_5

// To schema 6, in which map "peers" has what "paths" and "narrow_paths" had, and more. Whoever starts fills
// it; no packet takes the fast path until then. In "records" a byte says now what was padding: no peer has
// said that it answers probes.
absl::StatusOr<PinnedMaps> UpgradeFrom5(PinnedMaps maps);

}  // namespace nsm::dataplane
