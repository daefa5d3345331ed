// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/monitor.h"

#include <gtest/gtest.h>

#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"

namespace nsm {
namespace {

class MonitorTest : public testing::Test {
 protected:
  MonitorTest() {
    chain_.Add<Monitor>(monitor_);
    end_ = &chain_.Add<ChainEnd>();
  }
  absl::Status Request() { return chain_.Request(context_, RequestFor(connection_)).status(); }
  // "" if it is not known.
  std::string State() const {
    auto known = monitor_.Connections();
    return known.empty() ? "" : ::connection::State_Name(known[0].connection.state());
  }

  FakeClock clock_;
  ConnectionMonitor monitor_{clock_};
  Chain chain_;
  ChainEnd* end_ = nullptr;
  Context context_;
  Connection connection_ = ConnectionThrough({"nsc", "nsmgr"}, 1);
};

TEST_F(MonitorTest, AnEstablishedConnectionIsUp) {
  connection_.set_state(::connection::RESELECT_REQUESTED);
  ASSERT_TRUE(Request().ok());
  EXPECT_EQ(State(), "UP");
}

TEST_F(MonitorTest, AFailedRefreshIsDownAndAFailedRequestIsNothing) {
  end_->answer = [](Connection) { return absl::UnavailableError("away"); };
  EXPECT_TRUE(absl::IsUnavailable(Request()));
  EXPECT_EQ(State(), "");
  end_->answer = nullptr;
  ASSERT_TRUE(Request().ok());
  end_->answer = [](Connection) { return absl::UnavailableError("away"); };
  EXPECT_TRUE(absl::IsUnavailable(Request()));
  EXPECT_EQ(State(), "DOWN");
}

TEST_F(MonitorTest, ACloseIsTheEndAlsoIfItFails) {
  ASSERT_TRUE(Request().ok());
  end_->close_answer = absl::UnavailableError("away");
  EXPECT_TRUE(absl::IsUnavailable(chain_.Close(context_, connection_)));
  EXPECT_EQ(State(), "");
}

}  // namespace
}  // namespace nsm
