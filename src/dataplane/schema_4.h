// SPDX-License-Identifier: Apache-2.0
// What schema 4 has pinned. It is in kernels as it is: do not change it (schema.h).
#pragma once

#include <cstdint>

#include "src/dataplane/schema.h"

namespace nsm::dataplane {

namespace schema_4 {

struct Path {
  uint32_t ifindex;
  uint32_t mtu;
};
static_assert(sizeof(Path) == 8);

}  // namespace schema_4

// To schema 5, in which each of the "paths" has a next hop. That is found in the kernel's routes, so the map
// is empty until somebody follows them; no packet takes the fast path until then.
absl::StatusOr<PinnedMaps> UpgradeFrom4(PinnedMaps maps);

}  // namespace nsm::dataplane
