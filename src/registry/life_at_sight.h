// SPDX-License-Identifier: Apache-2.0
// How long a registration lives that a replica of the registry comes to know.
#pragma once

#include <algorithm>

#include "absl/time/time.h"
#include "src/nsm/wire/expiry.h"

namespace nsm::registry {

// `end` is by the clock of who has written it. Who has written it itself (`is_own`) takes it at its word. Any
// other gives it kAssumedLife at least, in which it can be renewed: clocks differ, and there may have been
// nobody to renew it at. What ended longer ago than clocks differ has ended.
inline absl::Duration LifeAtSight(absl::Time end, absl::Time now, bool is_own) {
  const absl::Duration left = end - now;
  if (is_own || left < -kClockTolerance) return std::max(left, absl::ZeroDuration());
  return std::max(left, kAssumedLife);
}

}  // namespace nsm::registry
