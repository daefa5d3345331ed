// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/watch_next_hop.h"

#include <gtest/gtest.h>

#include "src/nsm/identity/insecure_identity.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"

namespace nsm {
namespace {

class WatchNextHopTest : public testing::Test {
 protected:
  // Finds and claims the next hop, as elements below do, and sees whether it is still watched at the Close.
  struct Below final : Element {
    explicit Below(NextHopMonitor& monitor) : monitor(monitor) {}
    absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override {
      if (next_hop) monitor.Claim(request.connection().id(), *next_hop, absl::InfiniteFuture());
      return next.Request(context, std::move(request));
    }
    absl::Status Close(Context& context, Connection connection, Next next) override {
      watched_at_close = monitor.connections();
      connection.set_id("changed below");
      return next.Close(context, std::move(connection));
    }
    NextHopMonitor& monitor;
    std::optional<Url> next_hop = Url::Unix("/nobody/there.sock");
    size_t watched_at_close = 0;
  };

  WatchNextHopTest() {
    chain_.Add<WatchNextHop>(monitor_);
    below_ = &chain_.Add<Below>(monitor_);
    end_ = &chain_.Add<ChainEnd>();
  }
  bool Request() { return chain_.Request(context_, RequestFor(connection_)).ok(); }

  FakeClock clock_;
  InsecureIdentity tokens_{"us", absl::Minutes(10), clock_};
  ChannelPool channels_{tokens_, absl::Seconds(1)};
  TimerQueue timers_{clock_};
  NextHopMonitor monitor_{"us", channels_, Peers::kOwnDomain, timers_,
                          [](const std::string&, NextHopNews, const Connection*) {}};
  Chain chain_;
  Below* below_ = nullptr;
  ChainEnd* end_ = nullptr;
  Context context_;
  const Connection connection_ = ConnectionThrough({"nsc", "us"}, 1);
};

TEST_F(WatchNextHopTest, WatchesFromTheFirstAnswerUntilAfterTheClose) {
  ASSERT_TRUE(Request());
  ASSERT_TRUE(Request());
  EXPECT_EQ(monitor_.connections(), 1u);
  end_->close_answer = absl::UnavailableError("away");
  EXPECT_TRUE(absl::IsUnavailable(chain_.Close(context_, connection_)));
  EXPECT_EQ(below_->watched_at_close, 1u);
  EXPECT_EQ(monitor_.connections(), 0u);
}

TEST_F(WatchNextHopTest, WatchesNothingWithoutAnAnswerOrANextHop) {
  end_->answer = [this](Connection) {
    EXPECT_EQ(monitor_.connections(), 1u) << "claimed before it is asked for";
    return absl::UnavailableError("away");
  };
  EXPECT_FALSE(Request());
  EXPECT_EQ(monitor_.connections(), 0u);
  end_->answer = nullptr;
  below_->next_hop = std::nullopt;
  EXPECT_TRUE(Request());
  EXPECT_EQ(monitor_.connections(), 0u);
}

}  // namespace
}  // namespace nsm
