// SPDX-License-Identifier: Apache-2.0
// When something ends that another program has given an expiry to.
//
// Programs of different domains do not have the same time. A token says by its maker's clock when it ends
// and, if it is one of ours, when it was made: that shows how far the clocks differ, and the expiry is taken
// over to ours. Tokens of upstream's do not show it, but live for ten minutes by default, so that a
// difference of five lets them come a second time. A token that has ended all the same is taken to be as
// young as its message is: refreshes and time-outs go on, slower than a storm and not without end.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "src/nsm/wire/wire.h"

namespace nsm {

// What clocks may differ by without anybody noticing.
inline constexpr absl::Duration kClockTolerance = absl::Minutes(5);
// Nothing is kept for longer than this without being asked for again, whatever its expiry says: far more than
// the ten minutes that tokens live by default, and short enough for what is lost to go away by itself.
inline constexpr absl::Duration kLongestLife = absl::Hours(24);
// Nothing is refreshed as if it lived shorter: that would be a storm.
inline constexpr absl::Duration kShortestLife = absl::Seconds(1);
// Of what says nothing about it, or has ended before it came.
inline constexpr absl::Duration kAssumedLife = absl::Minutes(1);

// How long what has just come lives from `now` on: from kShortestLife to kLongestLife. `expires` is by its
// sender's clock, absl::InfinitePast() where it said nothing; `token` was made by the same clock, for this
// message. FAILED_PRECONDITION if the clocks differ by more than kClockTolerance: says by how much.
absl::StatusOr<absl::Duration> LifeOf(absl::Time expires, absl::string_view token, absl::Time now);

// The same of a hop's segment; the error names the hop.
absl::StatusOr<absl::Duration> LifeOf(const PathSegment& segment, absl::Time now);

}  // namespace nsm
