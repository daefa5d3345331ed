// SPDX-License-Identifier: Apache-2.0
// How long a call to another program may take.
#pragma once

#include <algorithm>

#include "absl/time/time.h"

namespace nsm {

// Calls to a registry without a deadline of their own end after this long.
inline constexpr absl::Duration kLongestRegistryCall = absl::Seconds(30);

// A part of the time that is left stays here, so that the answer "the next hop took too long" reaches the
// caller before its own patience ends.
inline absl::Time DeadlineForNextHop(absl::Time deadline, absl::Time now) {
  return deadline - std::min((deadline - now) / 20, absl::Milliseconds(100));
}

}  // namespace nsm
