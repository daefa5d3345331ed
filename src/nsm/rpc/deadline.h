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

// Of `count` to ask one after the other (at least one), how long the first may take: an equal part of what is
// left, so that one that hangs leaves the others their time; but of many not so little that none could
// answer.
inline absl::Time ShareOfDeadline(absl::Time deadline, absl::Time now, size_t count) {
  constexpr absl::Duration kShortest = absl::Seconds(2);
  const absl::Duration left = deadline - now;
  return now + std::min(left, std::max(left / static_cast<int64_t>(count), kShortest));
}

}  // namespace nsm
