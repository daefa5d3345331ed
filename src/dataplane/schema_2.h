// SPDX-License-Identifier: Apache-2.0
// What schema 2 has pinned. It is in kernels as it is: do not change it (schema.h).
#pragma once

#include "src/dataplane/schema.h"

namespace nsm::dataplane {

// To schema 3, which has two maps more, "ways_back" and "arrivals". They are empty, and filled as connections
// are asked for again. What schema 2 has of its own is as in schema 3.
absl::StatusOr<PinnedMaps> UpgradeFrom2(PinnedMaps maps);

}  // namespace nsm::dataplane
