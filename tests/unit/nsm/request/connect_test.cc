// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/connect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/monitor/connection_monitor_server.h"
#include "src/nsm/request/network_service_server.h"
#include "src/nsm/rpc/deadline.h"
#include "src/nsm/rpc/server.h"
#include "src/nsm/wire/limits.h"
#include "src/nsm/wire/time.h"
#include "tests/harness/blocking_queue.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/temp_folder.h"

namespace nsm {
namespace {

using testing::HasSubstr;

TEST(ShareOfDeadline, IsAnEqualPartButNotTooLittle) {
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  auto share = [now](absl::Duration left, size_t count) {
    return ShareOfDeadline(now + left, now, count) - now;
  };
  EXPECT_EQ(share(absl::Seconds(15), 1), absl::Seconds(15));
  EXPECT_EQ(share(absl::Seconds(15), 3), absl::Seconds(5));
  EXPECT_EQ(share(absl::Seconds(15), 100), absl::Seconds(2));
  EXPECT_EQ(share(absl::Seconds(1), 3), absl::Seconds(1)) << "never more than is left";
  EXPECT_EQ(share(absl::InfiniteDuration(), 3), absl::InfiniteDuration());
}

TEST(DeadlineForNextHop, KeepsATwentiethAtMostATenthOfASecond) {
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  auto kept = [now](absl::Duration left) { return now + left - DeadlineForNextHop(now + left, now); };
  EXPECT_EQ(kept(absl::Seconds(1)), absl::Milliseconds(50));
  EXPECT_EQ(kept(absl::Seconds(2)), absl::Milliseconds(100));
  EXPECT_EQ(kept(absl::Seconds(15)), absl::Milliseconds(100));
  EXPECT_EQ(DeadlineForNextHop(absl::InfiniteFuture(), now), absl::InfiniteFuture());
  EXPECT_LT(DeadlineForNextHop(now - absl::Hours(1), now), now) << "what is over stays over";
}

void AddNext(Connection& connection) {
  PathSegment& next = *connection.mutable_path()->add_path_segments();
  next.set_name("next");
  next.set_id("next-id");
}

class ConnectTest : public testing::Test {
 protected:
  ConnectTest() {
    chain_.Add<Connect>(channels_, Peers::kOwnDomain, monitor_, clock_);
    end_ = &next_chain_.Add<ChainEnd>();
    end_->answer = [](Connection connection) {
      AddNext(connection);
      return connection;
    };
    context_.next_hop = url_;
    context_.deadline = absl::Now() + absl::Seconds(10);
  }
  void Start() {
    server_ =
        Server::Start({url_}, grpc::InsecureServerCredentials(), {&next_, &next_monitor_server_}).value();
  }
  // What the look-up of a Close says, and how often it was made.
  void LookUp(absl::StatusOr<std::vector<Url>> urls) {
    context_.find_next_hop = [this, urls = std::move(urls)](const Context& lookup) {
      EXPECT_LT(lookup.deadline, context_.deadline) << "the Close itself needs some";
      ++lookups_;
      return urls;
    };
  }
  absl::StatusOr<Connection> Request() { return chain_.Request(context_, RequestFor(connection_)); }

  const TempFolder folder_;
  const Url url_ = folder_.Socket("next.sock");
  SystemClock clock_;
  FakeClock token_clock_;  // stands still: a token says the second of its expiry
  InsecureIdentity tokens_{"us", absl::Minutes(10), token_clock_};
  ChannelPool channels_{tokens_, absl::Milliseconds(500)};
  TimerQueue timers_{clock_};
  BlockingQueue<std::string> news_;
  NextHopMonitor monitor_{"us", channels_, Peers::kOwnDomain, timers_,
                          [this](const std::string& id, NextHopNews, const auto*) { news_.Push(id); }};
  Chain chain_;
  ChainEnd* end_ = nullptr;
  Chain next_chain_;
  Outcomes next_outcomes_{clock_};
  NetworkServiceServer next_{"next", tokens_, next_chain_, Door{}, clock_, next_outcomes_};
  ConnectionMonitor next_monitor_{clock_};
  ConnectionMonitorServer next_monitor_server_{next_monitor_, Door{.url = {}, .entrants = Entrants::kNode},
                                               clock_};
  std::unique_ptr<Server> server_;
  Context context_;
  int lookups_ = 0;
  const Connection connection_ = ConnectionThrough({"nsc", "us"}, 1);
};

TEST_F(ConnectTest, TheNextHopIsAskedWithOurTokenAndLessTime) {
  Start();
  auto answer = Request();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->path().path_segments_size(), 3);
  const Context there = end_->contexts.at(0);
  EXPECT_EQ(there.caller.token, tokens_.Make().text);
  EXPECT_LT(there.deadline, context_.deadline);
  ASSERT_TRUE(chain_.Close(context_, connection_).ok());
  EXPECT_EQ(end_->closes.at(0).id(), "us-id");
  EXPECT_EQ(end_->contexts.at(1).caller.token, there.caller.token);
}

TEST_F(ConnectTest, NewsOfARequestAreClaimedBeforeItIsSent) {
  Start();
  end_->answer = [this](Connection connection) {
    AddNext(connection);
    connection.mutable_path()->set_index(2);
    connection.set_id("next-id");
    next_monitor_.Update(connection);
    next_monitor_.Delete("next-id");
    connection.mutable_path()->set_index(1);
    connection.set_id("us-id");
    return connection;
  };
  ASSERT_TRUE(Request().ok());
  EXPECT_TRUE(news_.empty()) << "nobody knows the connection yet";
  monitor_.Watch("us-id");
  EXPECT_EQ(news_.Pop(), "us-id") << "it was closed again before it was answered";
}

TEST_F(ConnectTest, AnswersThatAreNotOursAreRefused) {
  Start();
  const std::function<void(Connection&)> distortions[] = {
      [](Connection& c) { c.set_id("other"); },
      [](Connection& c) { c.mutable_path()->set_index(2); },
      [](Connection& c) { c.mutable_path()->mutable_path_segments(1)->set_name("other"); },
      [](Connection& c) { c.mutable_path()->mutable_path_segments()->RemoveLast(); },
      [](Connection& c) { c.Clear(); },
      [](Connection& c) { c.mutable_path()->mutable_path_segments(0)->set_id("other"); },
      [](Connection& c) { c.mutable_path()->mutable_path_segments()->DeleteSubrange(0, 1); },
      [](Connection& c) { c.set_payload(std::string(limits::kWord + 1, 'x')); },
      [](Connection& c) { c.mutable_path()->mutable_path_segments(2)->set_name("a\nb"); },
      [](Connection& c) { c.mutable_path()->mutable_path_segments(2)->clear_id(); },
  };
  for (const auto& distort : distortions) {
    end_->answer = [&](Connection connection) {
      AddNext(connection);
      distort(connection);
      return connection;
    };
    absl::Status refused = Request().status();
    EXPECT_TRUE(absl::IsInternal(refused)) << refused;
    EXPECT_THAT(refused.message(), HasSubstr(url_.ToString()));
  }
}

TEST_F(ConnectTest, AMechanismThatWasNotOfferedIsRefused) {
  Start();
  auto mechanism = [](const char* cls, const char* type) {
    Mechanism made;
    made.set_cls(cls);
    made.set_type(type);
    return made;
  };
  NetworkServiceRequest request = RequestFor(connection_);
  *request.add_mechanism_preferences() = mechanism("LOCAL", "KERNEL");
  *request.mutable_connection()->mutable_mechanism() = mechanism("REMOTE", "VXLAN");
  auto answered = [&](const Mechanism& with) {
    end_->answer = [&with](Connection connection) {
      AddNext(connection);
      *connection.mutable_mechanism() = with;
      return connection;
    };
    return chain_.Request(context_, request).status();
  };
  EXPECT_EQ(answered(mechanism("LOCAL", "KERNEL")), absl::OkStatus());
  EXPECT_EQ(answered(mechanism("REMOTE", "VXLAN")), absl::OkStatus()) << "as it was before";
  for (const Mechanism& other : {mechanism("REMOTE", "KERNEL"), mechanism("LOCAL", "MEMIF"), Mechanism()}) {
    absl::Status refused = answered(other);
    EXPECT_TRUE(absl::IsInternal(refused)) << refused;
    EXPECT_THAT(refused.message(), HasSubstr("which was not offered"));
  }
}

TEST_F(ConnectTest, TheNextHopsClockMayBeFiveMinutesOff) {
  Start();
  auto answered_at = [this](absl::Duration ahead) {
    end_->answer = [ahead](Connection connection) {
      AddNext(connection);
      *connection.mutable_path()->mutable_path_segments(2)->mutable_expires() =
          ToTimestamp(absl::Now() + ahead);
      return connection;
    };
    return Request().status();
  };
  EXPECT_EQ(answered_at(-absl::Minutes(4)), absl::OkStatus());
  EXPECT_EQ(answered_at(absl::Hours(1000)), absl::OkStatus()) << "whoever counts on it has a bound";
  absl::Status refused = answered_at(-absl::Hours(2));
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(refused.message(), HasSubstr(url_.ToString() + " answered: token of next: clocks differ"));
}

TEST_F(ConnectTest, TheSegmentsInFrontOfUsStayAsTheyWere) {
  Start();
  Connection asked = connection_;
  asked.mutable_path()->mutable_path_segments(0)->set_token("nsc's");
  asked.mutable_path()->mutable_path_segments(0)->mutable_expires()->set_seconds(1000);
  end_->answer = [](Connection connection) {
    AddNext(connection);
    for (PathSegment& segment : *connection.mutable_path()->mutable_path_segments()) {
      segment.set_token("next's");
      segment.mutable_expires()->set_seconds(1'000'000'000'000);
    }
    return connection;
  };
  auto answer = chain_.Request(context_, RequestFor(asked));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->path().path_segments(0).token(), "nsc's");
  EXPECT_EQ(answer->path().path_segments(0).expires().seconds(), 1000);
  EXPECT_EQ(answer->path().path_segments(1).token(), "next's") << "renewed for the next hop";
}

TEST_F(ConnectTest, AnAnswerThatIsTooLargeIsNotTaken) {
  Start();
  end_->answer = [](Connection connection) {
    (*connection.mutable_labels())["large"] = std::string(limits::kAnswer, 'x');
    return connection;
  };
  EXPECT_TRUE(absl::IsResourceExhausted(Request().status()));
}

TEST_F(ConnectTest, ErrorsKeepTheirCodeAndNameTheHop) {
  Start();
  end_->answer = [](Connection) { return absl::ResourceExhaustedError("full"); };
  end_->close_answer = absl::NotFoundError("gone");
  EXPECT_EQ(Request().status(), absl::ResourceExhaustedError("next: full"));
  EXPECT_EQ(chain_.Close(context_, connection_), absl::NotFoundError("next: gone"));
}

TEST_F(ConnectTest, NobodyThereAndNoAnswerInTimeNameTheAddress) {
  absl::Status nobody = Request().status();
  EXPECT_TRUE(absl::IsUnavailable(nobody)) << nobody;
  EXPECT_THAT(nobody.message(), HasSubstr(url_.ToString()));
  EXPECT_TRUE(absl::IsUnavailable(chain_.Close(context_, connection_)));

  Start();
  ASSERT_TRUE(Request().ok());
  std::promise<void> given_up;
  end_->answer = [&](Connection connection) {
    given_up.get_future().wait();
    return connection;
  };
  context_.deadline = absl::Now() + absl::Milliseconds(100);
  absl::Status late = Request().status();
  given_up.set_value();
  EXPECT_TRUE(absl::IsDeadlineExceeded(late)) << late;
  EXPECT_THAT(late.message(), HasSubstr("no answer from " + url_.ToString()));
}

TEST_F(ConnectTest, ACloseGoesWhereTheConnectionWasMadeWithoutALookUp) {
  Start();
  LookUp(std::vector<Url>{folder_.Socket("elsewhere.sock")});
  ASSERT_TRUE(chain_.Close(context_, connection_).ok());
  end_->close_answer = absl::UnavailableError("somebody behind it");
  EXPECT_TRUE(absl::IsUnavailable(chain_.Close(context_, connection_)));
  EXPECT_EQ(end_->closes.size(), 2u);
  EXPECT_EQ(lookups_, 0);
}

TEST_F(ConnectTest, ACloseLooksUpWhatIsNotRememberedOrNotThereAnyMore) {
  Start();
  const Url gone = folder_.Socket("gone.sock");
  context_.next_hop = std::nullopt;
  LookUp(std::vector<Url>{gone, url_});
  ASSERT_TRUE(chain_.Close(context_, connection_).ok());
  EXPECT_EQ(end_->closes.size(), 1u);
  context_.next_hop = gone;
  ASSERT_TRUE(chain_.Close(context_, connection_).ok());
  EXPECT_EQ(end_->closes.size(), 2u);
  EXPECT_EQ(lookups_, 2);

  context_.next_hop = gone;
  LookUp(std::vector<Url>{gone});
  EXPECT_TRUE(absl::IsUnavailable(chain_.Close(context_, connection_))) << "there is nothing else to try";
  LookUp(absl::NotFoundError("not registered"));
  context_.next_hop = std::nullopt;
  EXPECT_TRUE(chain_.Close(context_, connection_).ok()) << "there is nobody to tell";
}

TEST_F(ConnectTest, WithoutANextHopOnlyACloseIsWell) {
  context_.next_hop = std::nullopt;
  EXPECT_TRUE(absl::IsInternal(Request().status()));
  EXPECT_TRUE(chain_.Close(context_, connection_).ok());
}

// A next hop that works on a Request until its caller waits no more, or for a while.
class Busy final : public ::networkservice::NetworkService::Service {
 public:
  grpc::Status Request(grpc::ServerContext* call, const NetworkServiceRequest* request,
                       Connection* answer) override {
    begun.Push(true);
    const absl::Time end = absl::Now() + absl::Milliseconds(300);
    while (!call->IsCancelled() && absl::Now() < end) std::this_thread::yield();
    cancelled.Push(call->IsCancelled());
    *answer = request->connection();
    AddNext(*answer);
    return grpc::Status::OK;
  }
  BlockingQueue<bool> begun;
  BlockingQueue<bool> cancelled;
};

class GoTo final : public Element {
 public:
  explicit GoTo(Url url) : url_(std::move(url)) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override {
    context.next_hop = url_;
    return next.Request(context, std::move(request));
  }

 private:
  const Url url_;
};

class ConnectForACallerTest : public ConnectTest {
 protected:
  ConnectForACallerTest() {
    our_chain_.Add<GoTo>(url_);
    our_chain_.Add<Connect>(channels_, Peers::kOwnDomain, monitor_, clock_);
    next_server_ =
        Server::Start({url_}, grpc::InsecureServerCredentials(), {&busy_, &next_monitor_server_}).value();
    our_server_ = Server::Start({our_url_}, grpc::InsecureServerCredentials(), {&us_}).value();
  }
  // Whether the next hop sees the end of a Request whose caller goes while it works.
  bool IsCancelledAtNextHop(const Connection& connection) {
    auto stub = ::networkservice::NetworkService::NewStub(channels_.Get(our_url_));
    grpc::ClientContext call;
    std::future<grpc::Status> status = std::async(std::launch::async, [&] {
      Connection answer;
      return stub->Request(&call, RequestFor(connection), &answer);
    });
    EXPECT_TRUE(busy_.begun.Pop());
    call.TryCancel();
    EXPECT_EQ(status.get().error_code(), grpc::StatusCode::CANCELLED);
    return busy_.cancelled.Pop().value();
  }

  const Url our_url_ = folder_.Socket("us.sock");
  Busy busy_;
  Chain our_chain_;
  Outcomes our_outcomes_{clock_};
  NetworkServiceServer us_{"us", tokens_, our_chain_, Door{}, clock_, our_outcomes_};
  std::unique_ptr<Server> next_server_;
  std::unique_ptr<Server> our_server_;
};

TEST_F(ConnectForACallerTest, WhatNobodyWaitsForEndsAtTheNextHop) {
  Connection known = connection_;
  AddNext(known);
  EXPECT_TRUE(IsCancelledAtNextHop(known));
}

TEST_F(ConnectForACallerTest, ANewConnectionIsWaitedForSinceItsIdIsNeededToCloseIt) {
  EXPECT_FALSE(IsCancelledAtNextHop(connection_));
}

}  // namespace
}  // namespace nsm
