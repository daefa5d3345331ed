// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/wire/expiry.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "src/nsm/wire/time.h"
#include "src/nsm/wire/token_claims.h"

namespace nsm {
namespace {

// Within this, what looks like a difference is a message's way to us, and whole seconds.
constexpr absl::Duration kOnTheWay = absl::Seconds(2);

std::string InSeconds(absl::Duration duration) {
  return absl::FormatDuration(absl::Trunc(duration, absl::Seconds(1)));
}

absl::Status ClocksDiffer(absl::string_view how) {
  return absl::FailedPreconditionError(
      absl::StrCat("clocks differ: ", how, ", and ", InSeconds(kClockTolerance), " is the most"));
}

}  // namespace

absl::StatusOr<absl::Duration> LifeOf(absl::Time expires, absl::string_view token, absl::Time now) {
  if (expires == absl::InfinitePast()) return kAssumedLife;
  absl::Duration life = expires - now;
  if (std::optional<absl::Time> issued = TokenIssued(token)) {
    const absl::Duration age = now - *issued;
    if (age < -kClockTolerance) return ClocksDiffer(absl::StrCat("theirs is ", InSeconds(-age), " ahead"));
    // One that is older than that and still lives may have been used before.
    if (age > kClockTolerance && life <= absl::ZeroDuration()) {
      return ClocksDiffer(absl::StrCat("theirs is ", InSeconds(age), " behind"));
    }
    if (absl::AbsDuration(age) > kOnTheWay && age <= kClockTolerance) life += age;
  }
  if (life < -kClockTolerance)
    return ClocksDiffer(absl::StrCat("what they sent ended ", InSeconds(-life), " ago"));
  if (life <= absl::ZeroDuration()) return kAssumedLife;
  return std::clamp(life, kShortestLife, kLongestLife);
}

absl::StatusOr<absl::Duration> LifeOf(const PathSegment& segment, absl::Time now) {
  const absl::Time expires = segment.has_expires() ? FromTimestamp(segment.expires()) : absl::InfinitePast();
  absl::StatusOr<absl::Duration> life = LifeOf(expires, segment.token(), now);
  if (life.ok()) return life;
  return absl::Status(life.status().code(),
                      absl::StrCat("token of ", segment.name(), ": ", life.status().message()));
}

}  // namespace nsm
