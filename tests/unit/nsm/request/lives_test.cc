// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/lives.h"

#include <gtest/gtest.h>

#include "tests/harness/fake_clock.h"

namespace nsm {
namespace {

class LivesTest : public testing::Test {
 protected:
  void Set(absl::Duration life) {
    lives_.Set("one", life, "old age", [this] {
      ++closes_;
      if (is_free_) lives_.Forget("one");
    });
  }
  void Shorten(absl::Duration left) { lives_.Shorten("one", left, "an accident"); }
  int ClosesAfter(absl::Duration step) {
    clock_.Advance(step);
    timers_.RunDue();
    return closes_;
  }

  FakeClock clock_;
  TimerQueue timers_{clock_};
  Lives lives_{clock_, timers_};
  int closes_ = 0;
  bool is_free_ = true;
};

TEST_F(LivesTest, EndAtTheirTime) {
  Set(absl::Minutes(10));
  EXPECT_EQ(ClosesAfter(absl::Minutes(10) - absl::Milliseconds(1)), 0);
  EXPECT_EQ(ClosesAfter(absl::Milliseconds(1)), 1);
  EXPECT_EQ(ClosesAfter(absl::Hours(1)), 1);
  EXPECT_EQ(timers_.size(), 0u);
}

TEST_F(LivesTest, EndSoonerWhereNobodyAsksAgain) {
  Set(absl::Minutes(10));
  Shorten(absl::Seconds(2));
  EXPECT_EQ(timers_.size(), 1u);
  EXPECT_EQ(ClosesAfter(absl::Seconds(2) - absl::Milliseconds(1)), 0);
  EXPECT_EQ(ClosesAfter(absl::Milliseconds(1)), 1);
}

TEST_F(LivesTest, WhoAsksAgainHasAWholeLife) {
  Set(absl::Minutes(10));
  Shorten(absl::Seconds(2));
  EXPECT_EQ(ClosesAfter(absl::Seconds(1)), 0);
  Set(absl::Minutes(10));
  EXPECT_EQ(ClosesAfter(absl::Minutes(10) - absl::Milliseconds(1)), 0);
  EXPECT_EQ(ClosesAfter(absl::Milliseconds(1)), 1);
}

TEST_F(LivesTest, AreNeverMadeLonger) {
  Set(absl::Seconds(1));
  Shorten(absl::Seconds(2));
  Shorten(absl::InfiniteDuration());
  EXPECT_EQ(ClosesAfter(absl::Seconds(1)), 1);
  Shorten(absl::ZeroDuration());
  EXPECT_EQ(timers_.size(), 0u) << "it is closed";
}

TEST_F(LivesTest, ACloseThatCannotBeginIsTriedAgainEverLater) {
  is_free_ = false;
  Set(absl::Minutes(10));
  EXPECT_EQ(ClosesAfter(absl::Minutes(10)), 1);
  EXPECT_EQ(ClosesAfter(absl::Milliseconds(999)), 1);
  EXPECT_EQ(ClosesAfter(absl::Milliseconds(1)), 2);
  EXPECT_EQ(ClosesAfter(absl::Milliseconds(1999)), 2);
  EXPECT_EQ(ClosesAfter(absl::Milliseconds(1)), 3);
  for (int i = 0; i < 10; ++i) ClosesAfter(absl::Minutes(1));
  const int before = closes_;
  EXPECT_EQ(ClosesAfter(absl::Minutes(1)), before + 1) << "once a minute, at last";
  is_free_ = true;
  ClosesAfter(absl::Minutes(1));
  EXPECT_EQ(timers_.size(), 0u);
}

}  // namespace
}  // namespace nsm
