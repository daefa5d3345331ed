// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/begin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <utility>

#include "src/nsm/wire/time.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"

namespace nsm {
namespace {

using testing::IsEmpty;

class BeginTest : public testing::Test {
 protected:
  BeginTest() {
    begin_ = &chain_.Add<Begin>(clock_);
    discover_ = &chain_.Add<Discover>();
    end_ = &chain_.Add<ChainEnd>();
  }
  static Connection Named(const std::string& id, const std::string& endpoint = "") {
    Connection connection;
    connection.set_id(id);
    connection.set_network_service_endpoint_name(endpoint);
    return connection;
  }
  // On its way through `front`, by a token of the client's that expires then.
  Connection Through(const std::string& front, absl::Time expires) const {
    Connection connection = ConnectionThrough({"nsc", front, "us"}, 2);
    *connection.mutable_path()->mutable_path_segments(0)->mutable_expires() = ToTimestamp(expires);
    return connection;
  }
  // The next hop that the elements below find for a Request.
  struct Discover final : Element {
    absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override {
      context.next_hop = next_hop;
      return next.Request(context, std::move(request));
    }
    std::optional<Url> next_hop;
  };
  absl::StatusOr<Connection> Request(const Connection& connection) {
    return chain_.Request(context_, RequestFor(connection));
  }
  // The next Request for "slow" gets no answer until release_ is set.
  void HoldSlow() {
    end_->answer = [this, held = false](Connection connection) mutable {
      if (connection.id() == "slow" && !std::exchange(held, true)) {
        held_.set_value();
        release_.get_future().wait();
      }
      return connection;
    };
  }

  FakeClock clock_;
  Chain chain_;
  Begin* begin_ = nullptr;
  Discover* discover_ = nullptr;
  ChainEnd* end_ = nullptr;
  Context context_;
  std::promise<void> held_, release_;
};

TEST_F(BeginTest, CloseEndsWhatWasEstablishedWhateverTheCallerSays) {
  end_->answer = [](Connection connection) {
    connection.set_network_service_endpoint_name("nse-1");
    connection.set_state(::connection::DOWN);
    return connection;
  };
  auto answer = Request(Named("a"));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->state(), ::connection::UP);
  EXPECT_EQ(begin_->established_count(), 1u);
  ASSERT_TRUE(chain_.Close(context_, Named("a", "forged")).ok());
  EXPECT_EQ(end_->closes.at(0).network_service_endpoint_name(), "nse-1");
  EXPECT_EQ(begin_->established_count(), 0u);
}

TEST_F(BeginTest, EveryCloseGoesWhereTheConnectionWasMade) {
  const Url made = Url::Unix("/run/made.sock");
  Connection reselect = Named("a");
  reselect.set_state(::connection::RESELECT_REQUESTED);
  const std::function<void()> ends[] = {
      [&] { ASSERT_TRUE(chain_.Close(context_, Named("a")).ok()); },
      [&] { end_->contexts.at(0).close_later(); },
      [&] { ASSERT_TRUE(Request(reselect).ok()); },
  };
  for (const auto& end : ends) {
    end_->contexts.clear();
    discover_->next_hop = made;
    ASSERT_TRUE(Request(Named("a")).ok());
    discover_->next_hop = std::nullopt;
    context_ = Context();
    end();
    EXPECT_EQ(end_->contexts.at(1).next_hop, made);
  }
  context_ = Context();
  ASSERT_TRUE(chain_.Close(context_, Named("unknown")).ok());
  EXPECT_EQ(end_->contexts.back().next_hop, std::nullopt);
}

TEST_F(BeginTest, AHopThatWasReplacedEndsNothing) {
  const absl::Time now = clock_.Now();
  ASSERT_TRUE(Request(Through("old", now)).ok());
  ASSERT_TRUE(Request(Through("new", now + absl::Seconds(2))).ok());
  ASSERT_TRUE(chain_.Close(context_, Through("old", now)).ok());
  EXPECT_THAT(end_->closes, IsEmpty());
  EXPECT_EQ(begin_->established_count(), 1u);
  Connection unstamped = Through("other", now);
  unstamped.mutable_path()->mutable_path_segments(0)->clear_expires();
  for (const Connection& close :
       {Through("new", now), Through("newest", now + absl::Seconds(3)), unstamped}) {
    end_->closes.clear();
    ASSERT_TRUE(Request(Through("new", now + absl::Seconds(2))).ok());
    ASSERT_TRUE(chain_.Close(context_, close).ok());
    EXPECT_EQ(end_->closes.size(), 1u);
    EXPECT_EQ(begin_->established_count(), 0u);
  }
}

TEST_F(BeginTest, CloseOfTheUnknownGoesDownWithTheCallersWord) {
  ASSERT_TRUE(chain_.Close(context_, Named("a", "nse-7")).ok());
  EXPECT_EQ(end_->closes.at(0).network_service_endpoint_name(), "nse-7");
  EXPECT_EQ(begin_->established_count(), 0u);
}

TEST_F(BeginTest, AFailedRequestEstablishesNothingAndAFailedRefreshKeepsWhatWas) {
  end_->answer = [](Connection) { return absl::UnavailableError(""); };
  EXPECT_FALSE(Request(Named("a")).ok());
  EXPECT_EQ(begin_->established_count(), 0u);
  end_->answer = nullptr;
  ASSERT_TRUE(Request(Named("a", "nse-1")).ok());
  end_->answer = [](Connection) { return absl::UnavailableError(""); };
  EXPECT_FALSE(Request(Named("a", "nse-2")).ok());
  EXPECT_EQ(begin_->established_count(), 1u);
  ASSERT_TRUE(chain_.Close(context_, Named("a")).ok());
  EXPECT_EQ(end_->closes.at(0).network_service_endpoint_name(), "nse-1");
}

TEST_F(BeginTest, ReselectClosesTheOldFirst) {
  ASSERT_TRUE(Request(Named("a", "nse-1")).ok());
  Connection reselect = Named("a");
  reselect.set_state(::connection::RESELECT_REQUESTED);
  size_t closed_before = 0;
  end_->answer = [&](Connection connection) -> absl::StatusOr<Connection> {
    closed_before = end_->closes.size();
    EXPECT_EQ(connection.state(), ::connection::RESELECT_REQUESTED);
    return absl::UnavailableError("no other endpoint");
  };
  // That the old one cannot be told does not keep the client from a new one.
  end_->close_answer = absl::UnavailableError("gone");
  EXPECT_FALSE(Request(reselect).ok());
  EXPECT_EQ(closed_before, 1u);
  EXPECT_EQ(end_->closes.at(0).network_service_endpoint_name(), "nse-1");
  EXPECT_EQ(begin_->established_count(), 0u);
  EXPECT_FALSE(Request(reselect).ok());
  EXPECT_EQ(end_->closes.size(), 1u) << "nothing is closed twice";
}

TEST_F(BeginTest, CloseLaterClosesOnceWithADeadlineOfItsOwn) {
  context_.deadline = clock_.Now() + absl::Seconds(1);
  ASSERT_TRUE(Request(Named("a", "nse-1")).ok());
  std::function<void()> close_later = end_->contexts.at(0).close_later;
  clock_.Advance(absl::Minutes(10));
  close_later();
  close_later();
  ASSERT_EQ(end_->closes.size(), 1u);
  EXPECT_EQ(end_->closes[0].network_service_endpoint_name(), "nse-1");
  EXPECT_EQ(end_->contexts.at(1).deadline, clock_.Now() + absl::Seconds(5));
  EXPECT_EQ(begin_->established_count(), 0u);
}

TEST_F(BeginTest, CloseLaterLeavesWhatWasAskedForSince) {
  ASSERT_TRUE(Request(Named("a", "nse-1")).ok());
  end_->answer = [](Connection) { return absl::UnavailableError(""); };
  EXPECT_FALSE(Request(Named("a", "nse-2")).ok());
  end_->answer = nullptr;
  ASSERT_TRUE(Request(Named("a", "nse-3")).ok());
  end_->contexts.at(0).close_later();
  end_->contexts.at(1).close_later();
  EXPECT_THAT(end_->closes, IsEmpty());
  EXPECT_EQ(begin_->established_count(), 1u);
  end_->contexts.at(2).close_later();
  EXPECT_EQ(end_->closes.at(0).network_service_endpoint_name(), "nse-3");
}

TEST_F(BeginTest, WhileOneCallRunsOthersWaitUntilTheirDeadline) {
  HoldSlow();
  auto first = std::async(std::launch::async, [this] {
    Context context;
    return chain_.Request(context, RequestFor(Named("slow"))).ok();
  });
  held_.get_future().wait();
  context_.deadline = clock_.Now();
  EXPECT_TRUE(absl::IsDeadlineExceeded(Request(Named("slow")).status()));
  EXPECT_TRUE(absl::IsDeadlineExceeded(chain_.Close(context_, Named("slow"))));
  EXPECT_TRUE(Request(Named("other")).ok()) << "another connection need not wait";
  release_.set_value();
  EXPECT_TRUE(first.get());
  EXPECT_EQ(begin_->established_count(), 2u) << "the calls that gave up changed nothing";
}

TEST_F(BeginTest, CallsForOneConnectionNeverRunAtOnce) {
  std::atomic<int> running = 0;
  std::atomic<bool> met = false;
  end_->answer = [&](Connection connection) {
    if (++running > 1) met = true;
    std::this_thread::yield();
    --running;
    return connection;
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int j = 0; j < 50; ++j) {
        Context context;
        EXPECT_TRUE(chain_.Request(context, RequestFor(Named("a"))).ok());
        EXPECT_TRUE(chain_.Close(context, Named("a")).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(met);
  EXPECT_EQ(end_->requests.size(), 200u);
  EXPECT_EQ(begin_->established_count(), 0u);
}

}  // namespace
}  // namespace nsm
