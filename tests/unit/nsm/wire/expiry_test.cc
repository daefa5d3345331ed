// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/wire/expiry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "src/nsm/wire/time.h"

namespace nsm {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

// Made at that time, by the clock of whoever made it.
std::string TokenFrom(absl::Time issued) {
  return absl::StrCat(
      "e30.", absl::WebSafeBase64Escape(absl::StrCat(R"({"iat":)", absl::ToUnixSeconds(issued), "}")), ".");
}

// Of something that its maker gives so long, whose clock is so far ahead of ours.
absl::StatusOr<absl::Duration> Life(absl::Duration life, absl::Duration ahead) {
  const absl::Time theirs = kNow + ahead;
  return LifeOf(theirs + life, TokenFrom(theirs), kNow);
}

TEST(LifeOf, ItIsWhatIsLeftByOurClock) {
  EXPECT_EQ(LifeOf(kNow + absl::Minutes(10), "", kNow).value(), absl::Minutes(10));
  EXPECT_EQ(LifeOf(kNow + absl::Minutes(10), TokenFrom(kNow - absl::Seconds(2)), kNow).value(),
            absl::Minutes(10))
      << "it was on its way";
}

TEST(LifeOf, HasBounds) {
  EXPECT_EQ(LifeOf(kNow + absl::Milliseconds(1), "", kNow).value(), kShortestLife);
  EXPECT_EQ(LifeOf(kNow + absl::Hours(1000), "", kNow).value(), kLongestLife);
  EXPECT_EQ(LifeOf(absl::InfiniteFuture(), "", kNow).value(), kLongestLife);
}

TEST(LifeOf, WhatIsMissingOrHasJustPassedIsAssumed) {
  EXPECT_EQ(LifeOf(absl::InfinitePast(), "", kNow).value(), kAssumedLife);
  EXPECT_EQ(LifeOf(kNow, "", kNow).value(), kAssumedLife);
  EXPECT_EQ(LifeOf(kNow - kClockTolerance, "", kNow).value(), kAssumedLife);
  EXPECT_EQ(LifeOf(PathSegment(), kNow).value(), kAssumedLife);
}

TEST(LifeOf, FiveMinutesOfDifferenceChangeNothing) {
  for (absl::Duration ahead : {-kClockTolerance, -absl::Seconds(30), absl::Seconds(30), kClockTolerance}) {
    EXPECT_EQ(Life(absl::Minutes(10), ahead).value(), absl::Minutes(10)) << ahead;
    EXPECT_EQ(Life(absl::Minutes(1), ahead).value(), absl::Minutes(1)) << ahead;
  }
}

TEST(LifeOf, MoreIsAnErrorThatSaysByHowMuch) {
  const absl::Status ahead = Life(absl::Minutes(10), absl::Minutes(61)).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(ahead));
  EXPECT_THAT(ahead.message(), AllOf(HasSubstr("clocks differ"), HasSubstr("1h1m ahead"), HasSubstr("5m")));
  const absl::Status behind = Life(absl::Minutes(10), -absl::Minutes(61)).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(behind));
  EXPECT_THAT(behind.message(), AllOf(HasSubstr("clocks differ"), HasSubstr("1h1m behind")));
  const absl::Status unknown = LifeOf(kNow - absl::Minutes(51), "", kNow).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(unknown));
  EXPECT_THAT(unknown.message(), AllOf(HasSubstr("clocks differ"), HasSubstr("ended 51m ago")));
}

TEST(LifeOf, ATokenThatIsUsedAgainIsNoDifference) {
  EXPECT_EQ(LifeOf(kNow + absl::Hours(1), TokenFrom(kNow - absl::Hours(1)), kNow).value(), absl::Hours(1));
}

TEST(LifeOf, OfASegmentNamesTheHop) {
  PathSegment segment;
  segment.set_name("east-proxy");
  *segment.mutable_expires() = ToTimestamp(kNow - absl::Hours(1));
  EXPECT_THAT(LifeOf(segment, kNow).status().message(), HasSubstr("token of east-proxy: "));
  *segment.mutable_expires() = ToTimestamp(kNow + absl::Hours(1));
  EXPECT_EQ(LifeOf(segment, kNow).value(), absl::Hours(1));
}

}  // namespace
}  // namespace nsm
