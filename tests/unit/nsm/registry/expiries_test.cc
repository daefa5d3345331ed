// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/expiries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/fake_clock.h"

namespace nsm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ExpiriesTest : public testing::Test {
 protected:
  void Advance(absl::Duration step) {
    clock_.Advance(step);
    timers_.RunDue();
  }

  FakeClock clock_;
  TimerQueue timers_{clock_};
  std::vector<std::string> due_;
  Expiries expiries_{clock_, timers_, [this] {
                       for (const std::string& key : expiries_.TakeDue()) due_.push_back(key);
                     }};
};

TEST_F(ExpiriesTest, ThingsEndInOrderOfTime) {
  expiries_.Set("b", absl::Seconds(2));
  expiries_.Set("a", absl::Seconds(1));
  expiries_.Set("c", absl::Seconds(3));
  Advance(absl::Seconds(1));
  EXPECT_THAT(due_, ElementsAre("a"));
  Advance(absl::Seconds(2));
  EXPECT_THAT(due_, ElementsAre("a", "b", "c"));
}

TEST_F(ExpiriesTest, AtTheSameTimeThatEndsFirstWhichWasSetFirst) {
  for (const char* key : {"b", "a", "c"}) expiries_.Set(key, absl::Seconds(1));
  Advance(absl::Seconds(1));
  EXPECT_THAT(due_, ElementsAre("b", "a", "c"));
}

TEST_F(ExpiriesTest, WhatGetsMoreTimeDoesNotEnd) {
  expiries_.Set("a", absl::Seconds(1));
  expiries_.Set("a", absl::Seconds(3));
  Advance(absl::Seconds(2));
  EXPECT_THAT(due_, IsEmpty());
  Advance(absl::Seconds(1));
  EXPECT_THAT(due_, ElementsAre("a"));
}

TEST_F(ExpiriesTest, WhatIsClearedDoesNotEnd) {
  expiries_.Set("a", absl::Seconds(1));
  expiries_.Clear("a");
  expiries_.Clear("unknown");
  EXPECT_EQ(timers_.size(), 0u) << "nothing is left behind";
  Advance(absl::Seconds(2));
  EXPECT_THAT(due_, IsEmpty());
}

TEST_F(ExpiriesTest, WhoeverLooksTakesWhatIsDue) {
  expiries_.Set("a", absl::Seconds(1));
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(expiries_.TakeDue(), ElementsAre("a"));
  EXPECT_THAT(expiries_.TakeDue(), IsEmpty());
  timers_.RunDue();
  EXPECT_THAT(due_, IsEmpty());
}

TEST_F(ExpiriesTest, ThereIsOneTimerForAll) {
  for (const char* key : {"a", "b", "c"}) expiries_.Set(key, absl::Seconds(1));
  EXPECT_EQ(timers_.size(), 1u);
}

TEST_F(ExpiriesTest, AfterItsStopNothingEnds) {
  expiries_.Set("a", absl::Seconds(1));
  expiries_.Stop();
  expiries_.Set("b", absl::Seconds(1));
  Advance(absl::Seconds(2));
  EXPECT_THAT(due_, IsEmpty());
  EXPECT_EQ(timers_.size(), 0u);
}

}  // namespace
}  // namespace nsm
