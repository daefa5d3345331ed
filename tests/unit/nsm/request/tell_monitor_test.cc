// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/tell_monitor.h"

#include <gtest/gtest.h>

#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"

namespace nsm {
namespace {

class MonitorTest : public testing::Test {
 protected:
  MonitorTest() {
    chain_.Add<TellMonitor>(monitor_);
    end_ = &chain_.Add<ChainEnd>();
  }
  absl::Status Request() { return chain_.Request(context_, RequestFor(connection_)).status(); }
  // "" if it is not known.
  std::string State() const {
    auto known = monitor_.Connections();
    return known.empty() ? "" : ::connection::State_Name(known[0].connection.state());
  }

  // Counts what the caller is told, who wants news only.
  struct Counter final : ConnectionWatcher {
    void OnEvent(const ConnectionEvent&) override { ++events; }
    int events = 0;
  };

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

TEST_F(MonitorTest, TheCallerIsToldOnlyWhatItHasNotCalledFor) {
  MonitorScopeSelector caller;
  caller.add_path_segments()->set_name("nsc");
  auto counter = std::make_shared<Counter>();
  monitor_.Watch(caller, counter, Interest::kNews);
  EXPECT_EQ(counter->events, 1) << "the first event";
  context_.is_called = true;
  ASSERT_TRUE(Request().ok());
  ASSERT_TRUE(chain_.Close(context_, connection_).ok());
  EXPECT_EQ(counter->events, 1);
  ASSERT_TRUE(Request().ok());
  context_.is_called = false;
  ASSERT_TRUE(chain_.Close(context_, connection_).ok());
  EXPECT_EQ(counter->events, 2) << "a close of our own";
}

}  // namespace
}  // namespace nsm
