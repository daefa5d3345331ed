// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/timeout.h"

#include <gtest/gtest.h>

#include "src/nsm/request/begin.h"
#include "src/nsm/wire/time.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"

namespace nsm {
namespace {

class TimeoutTest : public testing::Test {
 protected:
  TimeoutTest() {
    chain_.Add<Begin>(clock_);
    chain_.Add<Timeout>(clock_, lives_);
    end_ = &chain_.Add<ChainEnd>();
  }
  // As the hop behind "nsc", whose token lives that long from now on.
  bool Request(absl::Duration life) {
    Connection connection = ConnectionThrough({"nsc", "nsmgr"}, 1);
    *connection.mutable_path()->mutable_path_segments(0)->mutable_expires() =
        ToTimestamp(clock_.Now() + life);
    return chain_.Request(context_, RequestFor(connection)).ok();
  }
  size_t ClosesAfter(absl::Duration step) {
    clock_.Advance(step);
    timers_.RunDue();
    return end_->closes.size();
  }

  FakeClock clock_;
  TimerQueue timers_{clock_};
  Lives lives_{clock_, timers_};
  Chain chain_;
  ChainEnd* end_ = nullptr;
  Context context_;
};

TEST_F(TimeoutTest, ClosesWhenTheCallersTokenExpires) {
  ASSERT_TRUE(Request(absl::Minutes(10)));
  EXPECT_EQ(ClosesAfter(absl::Minutes(10) - absl::Milliseconds(1)), 0u);
  ASSERT_EQ(ClosesAfter(absl::Milliseconds(1)), 1u);
  EXPECT_EQ(end_->closes[0].id(), "nsmgr-id");
  EXPECT_EQ(timers_.size(), 0u);
}

TEST_F(TimeoutTest, ARefreshPutsItOff) {
  ASSERT_TRUE(Request(absl::Minutes(10)));
  EXPECT_EQ(ClosesAfter(absl::Minutes(9)), 0u);
  ASSERT_TRUE(Request(absl::Minutes(10)));
  EXPECT_EQ(timers_.size(), 1u);
  EXPECT_EQ(ClosesAfter(absl::Minutes(9)), 0u);
  EXPECT_EQ(ClosesAfter(absl::Minutes(1)), 1u);
}

TEST_F(TimeoutTest, AClockThatIsSetForwardEndsNoConnection) {
  ASSERT_TRUE(Request(absl::Minutes(10)));
  clock_.Set(absl::Hours(1));
  EXPECT_EQ(ClosesAfter(absl::Minutes(9)), 0u);
  clock_.Set(-absl::Hours(2));
  EXPECT_EQ(ClosesAfter(absl::Minutes(1)), 1u);
}

TEST_F(TimeoutTest, AnExpiryHasABound) {
  ASSERT_TRUE(Request(absl::Hours(1000)));
  EXPECT_EQ(ClosesAfter(absl::Hours(24) - absl::Milliseconds(1)), 0u);
  EXPECT_EQ(ClosesAfter(absl::Milliseconds(1)), 1u);
}

TEST_F(TimeoutTest, ACallersClockMayBeFiveMinutesBehind) {
  ASSERT_TRUE(Request(-absl::Minutes(4)));
  EXPECT_EQ(ClosesAfter(absl::Seconds(59)), 0u);
  EXPECT_EQ(ClosesAfter(absl::Seconds(1)), 1u);
}

TEST_F(TimeoutTest, MoreIsRefusedBeforeAnythingIsMade) {
  Connection connection = ConnectionThrough({"nsc", "nsmgr"}, 1);
  *connection.mutable_path()->mutable_path_segments(0)->mutable_expires() =
      ToTimestamp(clock_.Now() - absl::Hours(1));
  absl::Status refused = chain_.Request(context_, RequestFor(connection)).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_EQ(refused.message().substr(0, 12), "token of nsc");
  EXPECT_TRUE(end_->requests.empty());
}

TEST_F(TimeoutTest, AFailedRefreshDoesNot) {
  ASSERT_TRUE(Request(absl::Minutes(10)));
  end_->answer = [](Connection) { return absl::UnavailableError(""); };
  EXPECT_EQ(ClosesAfter(absl::Minutes(9)), 0u);
  EXPECT_FALSE(Request(absl::Minutes(10)));
  EXPECT_EQ(ClosesAfter(absl::Minutes(1)), 1u);
}

TEST_F(TimeoutTest, NothingIsLeftAfterACloseOrAFailedRequest) {
  ASSERT_TRUE(Request(absl::Minutes(10)));
  ASSERT_TRUE(chain_.Close(context_, ConnectionThrough({"nsc", "nsmgr"}, 1)).ok());
  EXPECT_EQ(timers_.size(), 0u);
  end_->answer = [](Connection) { return absl::UnavailableError(""); };
  EXPECT_FALSE(Request(absl::Minutes(10)));
  EXPECT_EQ(timers_.size(), 0u);
}

TEST_F(TimeoutTest, WithoutAnExpiryThereIsNone) {
  ASSERT_TRUE(chain_.Request(context_, RequestFor(ConnectionThrough({"nsc", "nsmgr"}, 1))).ok());
  ASSERT_TRUE(chain_.Request(context_, RequestFor(ConnectionThrough({"nsc"}, 0))).ok());
  EXPECT_EQ(timers_.size(), 0u);
}

}  // namespace
}  // namespace nsm
