// SPDX-License-Identifier: Apache-2.0
#include "src/client/patience.h"

#include <gtest/gtest.h>

namespace nsm::client {
namespace {

constexpr absl::Duration kNow = absl::Hours(1);

TEST(PatienceTest, WhatStopsIsGivenUpAtOnceAndOnce) {
  Patience patience;
  EXPECT_FALSE(patience.TakeEnd(kNow));
  patience.Note(Packets::kStopped, kNow);
  EXPECT_TRUE(patience.is_silent());
  EXPECT_TRUE(patience.TakeEnd(kNow));
  EXPECT_FALSE(patience.TakeEnd(kNow + absl::Hours(1)));
}

TEST(PatienceTest, AnEndpointFromWhichNothingEverCameIsStayedAtUntilThereWasABetterOne) {
  Patience patience;
  patience.Note(Packets::kNeverCame, kNow);
  EXPECT_TRUE(patience.is_silent());
  EXPECT_EQ(patience.ends(), absl::InfiniteDuration());
  patience.Note(Packets::kComeThrough, kNow);
  patience.Note(Packets::kNeverCame, kNow);
  EXPECT_EQ(patience.ends(), kNow);
}

TEST(PatienceTest, EachIsStayedAtTwiceAsLongUntilPacketsCome) {
  Patience patience;
  patience.Note(Packets::kComeThrough, kNow);
  for (absl::Duration stay :
       {absl::ZeroDuration(), absl::Seconds(1), absl::Seconds(2), absl::Seconds(4), absl::Seconds(8),
        absl::Seconds(16), absl::Seconds(32), absl::Minutes(1), absl::Minutes(1)}) {
    patience.Note(Packets::kNeverCame, kNow);
    EXPECT_EQ(patience.ends() - kNow, stay);
    patience.GaveUp();
  }
  patience.Note(Packets::kComeThrough, kNow);
  EXPECT_EQ(patience.ends(), absl::InfiniteDuration());
  patience.Note(Packets::kStopped, kNow);
  EXPECT_EQ(patience.ends(), kNow);
}

TEST(PatienceTest, WhatIsNotLookedAtIsNotSaidToComeThrough) {
  Patience patience;
  patience.Note(Packets::kComeThrough, kNow);
  patience.LookAway();
  EXPECT_EQ(patience.packets(), Packets::kUnknown);
  patience.Note(Packets::kStopped, kNow);
  patience.LookAway();
  EXPECT_EQ(patience.packets(), Packets::kStopped) << "the reason why it is not looked at";
}

TEST(PatienceTest, WhatStoppedOnOtherPacketsIsOver) {
  Patience patience;
  patience.Note(Packets::kStopped, kNow);
  patience.Restart();
  EXPECT_FALSE(patience.TakeEnd(kNow));
}

}  // namespace
}  // namespace nsm::client
