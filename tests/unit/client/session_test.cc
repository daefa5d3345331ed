// SPDX-License-Identifier: Apache-2.0
#include "src/client/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/match.h"

#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/wire/path.h"
#include "tests/unit/client/fake_nsmgr.h"

namespace nsm::client {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class SessionTest : public testing::Test {
 protected:
  explicit SessionTest(absl::Duration token_lifetime = absl::Minutes(10)) : nsmgr_(token_lifetime) {
    config_.name = "nsc";
    config_.connect_to = nsmgr_.url();
    config_.labels = {{"podName", "pod-1"}, {"app", "of the program"}};
    config_.netns_inode_url = "inode://4/10";
  }
  ~SessionTest() override { End(); }
  void Start() {
    earlier_ = std::make_unique<EarlierConnections>(
        EarlierConnections::Config{.name = "nsc",
                                   .nsmgr = nsmgr_.url(),
                                   .netns_inode_url = config_.netns_inode_url,
                                   .wanted = {"nsc-0"},
                                   .timeout = absl::Seconds(10)},
        channels_, clock_, given_);
    const SessionParts parts{.channels = channels_,
                             .clock = clock_,
                             .monitor = next_hops_,
                             .earlier = *earlier_,
                             .packets = packets_,
                             .given = given_};
    auto session = std::make_unique<Session>(
        "nsc-0", ServiceUrl::Parse("kernel://ns@east/nsm-1?app=x").value(), config_, parts);
    MutexLock lock(mutex_);
    session_ = std::move(session);
  }
  // Without Close, as when the program is killed.
  void End() {
    next_hops_.Forget("nsc-0");
    std::unique_ptr<Session> session;
    MutexLock lock(mutex_);
    session = std::move(session_);
  }
  // Until the NSMgr has a connection for it and tells so.
  void WaitUntilUp() {
    while (!HasFailure()) {
      const ConnectionEvent event = nsmgr_.NextEvent();
      for (const auto& [id, connection] : event.connections()) {
        if (event.type() == ::connection::UPDATE && connection.state() == ::connection::UP) return;
      }
    }
  }

  static Connection ConnectionTo(const std::string& endpoint, const std::string& from,
                                 const std::string& to) {
    Connection connection;
    connection.set_network_service_endpoint_name(endpoint);
    connection.mutable_mechanism()->set_cls("LOCAL");
    connection.mutable_mechanism()->set_type("KERNEL");
    (*connection.mutable_mechanism()->mutable_parameters())["name"] = "lo";
    connection.mutable_context()->mutable_ip_context()->add_src_ip_addrs(from + "/32");
    connection.mutable_context()->mutable_ip_context()->add_dst_ip_addrs(to + "/32");
    return connection;
  }
  // Until people are told so of it.
  void WaitForState(const std::string& state, const std::string& packets) {
    nlohmann::json json;
    for (absl::Time limit = clock_.Now() + absl::Seconds(10); clock_.Now() < limit;) {
      json = session_->ToJson();
      if (!json.is_null() && json["state"] == state && absl::StrContains(json.value("packets", ""), packets))
        return;
      absl::SleepFor(absl::Milliseconds(1));
    }
    FAIL() << "not " << state << " " << packets << ": " << json.dump();
  }
  // Until the session has the answer with that payload.
  void WaitUntilAnswered(const std::string& payload) {
    for (absl::Time limit = clock_.Now() + absl::Seconds(10); clock_.Now() < limit;) {
      {
        MutexLock lock(mutex_);
        if (session_->connection()->payload() == payload) return;
      }
      absl::SleepFor(absl::Milliseconds(1));
    }
    FAIL() << "no answer \"" << payload << "\"";
  }

  FakeNsmgr nsmgr_;
  SessionConfig config_;
  SystemClock clock_;
  InsecureIdentity tokens_{"nsc", absl::Minutes(10), clock_};
  ChannelPool channels_{tokens_, absl::Milliseconds(500)};
  WorkerPool workers_{2};
  TimerQueue timers_{clock_, workers_};
  PacketWatch packets_{absl::Milliseconds(20)};
  GivenPrefixes given_;
  std::unique_ptr<EarlierConnections> earlier_;
  Mutex mutex_;
  std::unique_ptr<Session> session_;  // also used by the callback, under the mutex
  NextHopMonitor next_hops_{"nsc", channels_, Peers::kOwnDomain, timers_,
                            [this](const std::string&, NextHopNews news, const Connection* theirs) {
                              MutexLock lock(mutex_);
                              if (session_ != nullptr) session_->OnEvent(news, theirs);
                            }};
};

TEST_F(SessionTest, AsksForItsServiceAndClosesWhatItGot) {
  Start();
  NetworkServiceRequest request = nsmgr_.NextRequest();
  const Connection& asked = request.connection();
  EXPECT_EQ(asked.path().path_segments(0).id(), "nsc-0");
  EXPECT_EQ(PathToString(asked.path()), "nsc > nsmgr");
  EXPECT_EQ(asked.path().path_segments(0).metrics().at("client_interface"), "KERNEL/nsm-1");
  EXPECT_EQ(asked.network_service(), "ns@east");
  EXPECT_EQ(asked.labels().at("podName"), "pod-1");
  EXPECT_EQ(asked.labels().at("app"), "x") << "the service's own label goes first";
  EXPECT_TRUE(asked.context().has_ip_context() && asked.context().has_dns_context());
  ASSERT_EQ(request.mechanism_preferences_size(), 1);
  EXPECT_EQ(request.mechanism_preferences(0).parameters().at("name"), "nsm-1");
  EXPECT_EQ(request.mechanism_preferences(0).parameters().at("inodeURL"), "inode://4/10");

  ASSERT_TRUE(session_->Close().ok());
  EXPECT_EQ(session_->connection()->id(), "nsc-0");
  auto closed = nsmgr_.closes.Pop();
  ASSERT_TRUE(closed.has_value());
  EXPECT_EQ(closed->id(), asked.id());
  EXPECT_EQ(next_hops_.connections(), 0u);
}

TEST_F(SessionTest, AsksForTheDefaultRouteOverOneInterface) {
  for (const char* interface : {"nsm-2", "nsm-1"}) {
    config_.default_route = interface;
    Start();
    const NetworkServiceRequest request = nsmgr_.NextRequest();
    const auto& parameters = request.mechanism_preferences(0).parameters();
    EXPECT_EQ(parameters.contains("default_route"), std::string(interface) == "nsm-1") << interface;
    ASSERT_TRUE(session_->Close().ok());
    End();
  }
}

TEST_F(SessionTest, TellsOfItsFirstConnectionAndDeclaresItsRoutesOnce) {
  BlockingQueue<bool> told;
  config_.on_first_time = [&told] { told.Push(true); };
  config_.routes = {IpPrefix::Parse("10.9.0.0/16").value()};
  Start();
  const Connection first = nsmgr_.NextRequest().connection();
  ASSERT_EQ(first.context().ip_context().dst_routes_size(), 1);
  EXPECT_EQ(first.context().ip_context().dst_routes(0).prefix(), "10.9.0.0/16");
  EXPECT_TRUE(told.Pop().has_value());
  nsmgr_.monitor.Down(first.id());
  WaitUntilUp();
  nsmgr_.monitor.Down(first.id());
  EXPECT_EQ(nsmgr_.NextRequest().connection().context().ip_context().dst_routes_size(), 1);
}

TEST_F(SessionTest, ALostConnectionIsAskedForAgainAsItWas) {
  Start();
  const std::string id = nsmgr_.NextRequest().connection().id();
  WaitUntilUp();
  Connection second;
  second.set_payload("second");
  nsmgr_.AnswerWith(absl::OkStatus(), second);
  nsmgr_.monitor.Down(id);
  const Connection again = nsmgr_.NextRequest().connection();
  EXPECT_EQ(again.id(), id);
  EXPECT_EQ(again.mechanism().type(), "KERNEL");
  EXPECT_EQ(again.state(), ::connection::UP);
  WaitUntilAnswered("second");
  nsmgr_.monitor.Delete(id);
  const Connection after_close = nsmgr_.NextRequest().connection();
  EXPECT_EQ(after_close.id(), id);
  EXPECT_EQ(after_close.state(), ::connection::RESELECT_REQUESTED);
  EXPECT_EQ(after_close.mechanism().type(), "");
}

TEST_F(SessionTest, WhatAFormerEndpointGaveIsForgotten) {
  config_.routes = {IpPrefix::Parse("10.9.0.0/16").value()};
  Connection given;
  ::connectioncontext::ConnectionContext& context = *given.mutable_context();
  context.set_mtu(1400);
  context.mutable_dns_context()->add_configs();
  context.mutable_ip_context()->add_src_ip_addrs("192.0.2.1/32");
  context.mutable_ip_context()->add_src_routes()->set_prefix("198.51.100.0/24");
  context.mutable_ip_context()->add_dst_routes()->set_prefix("192.0.2.1/32");
  context.mutable_ip_context()->add_excluded_prefixes("203.0.113.0/24");
  Start();
  const std::string id = nsmgr_.NextRequest().connection().id();
  WaitUntilUp();
  given.set_payload("given");
  nsmgr_.AnswerWith(absl::OkStatus(), given);
  nsmgr_.monitor.Down(id);
  nsmgr_.NextRequest();
  WaitUntilAnswered("given");
  nsmgr_.monitor.Delete(id);
  const ::connectioncontext::ConnectionContext asked = nsmgr_.NextRequest().connection().context();
  EXPECT_EQ(asked.mtu(), 0u);
  EXPECT_TRUE(asked.has_dns_context()) << "upstream endpoints look into it";
  EXPECT_EQ(asked.dns_context().configs_size(), 0);
  EXPECT_EQ(asked.ip_context().src_ip_addrs_size(), 1);
  EXPECT_EQ(asked.ip_context().excluded_prefixes_size(), 1);
  EXPECT_EQ(asked.ip_context().src_routes_size(), 0);
  ASSERT_EQ(asked.ip_context().dst_routes_size(), 1);
  EXPECT_EQ(asked.ip_context().dst_routes(0).prefix(), "10.9.0.0/16");
}

TEST_F(SessionTest, AStartedAgainNsmgrHearsOfTheConnection) {
  Start();
  const std::string id = nsmgr_.NextRequest().connection().id();
  WaitUntilUp();
  nsmgr_.monitor.Down(id);
  EXPECT_EQ(nsmgr_.NextRequest().connection().id(), id) << "by now it watches";
  WaitUntilUp();
  nsmgr_.Stop();
  nsmgr_.Start();
  EXPECT_EQ(nsmgr_.NextRequest().connection().id(), id);
}

TEST_F(SessionTest, ARefusedRequestIsTriedAgain) {
  nsmgr_.AnswerWith(absl::NotFoundError("no such service"));
  Start();
  nsmgr_.NextRequest();
  nsmgr_.NextRequest();
  nsmgr_.AnswerWith(absl::OkStatus());
  WaitUntilUp();
  EXPECT_TRUE(session_->Close().ok());
  EXPECT_TRUE(session_->connection().has_value());
}

TEST_F(SessionTest, AStartedAgainClientTakesItsConnectionUp) {
  Start();
  const std::string id = nsmgr_.NextRequest().connection().id();
  WaitUntilUp();
  End();
  EXPECT_TRUE(nsmgr_.closes.empty());
  Start();
  const Connection resumed = nsmgr_.NextRequest().connection();
  EXPECT_EQ(resumed.id(), id);
  EXPECT_EQ(resumed.mechanism().parameters().at("name"), "nsm-1");
}

TEST_F(SessionTest, ADeadEndpointIsGivenUp) {
  // No host has an address of these (RFC 5737), so nothing can be sent from it.
  nsmgr_.AnswerWith(absl::OkStatus(), ConnectionTo("nse", "192.0.2.1", "192.0.2.2"));
  Start();
  const std::string id = nsmgr_.NextRequest().connection().id();
  WaitUntilUp();
  nsmgr_.AnswerWith(absl::UnavailableError("the endpoint is away"));
  nsmgr_.monitor.Down(id);
  EXPECT_EQ(nsmgr_.NextRequest().connection().network_service_endpoint_name(), "nse") << "it may come back";
  auto closed = nsmgr_.closes.Pop();
  ASSERT_TRUE(closed.has_value());
  EXPECT_EQ(closed->network_service_endpoint_name(), "nse");
  nsmgr_.AnswerWith(absl::OkStatus());
  const Connection reselected = nsmgr_.NextRequest().connection();
  EXPECT_EQ(reselected.state(), ::connection::RESELECT_REQUESTED);
  EXPECT_EQ(reselected.network_service_endpoint_name(), "");
  EXPECT_EQ(reselected.mechanism().type(), "");
  EXPECT_EQ(reselected.context().ip_context().src_ip_addrs_size(), 1) << "so that addresses may stay";
}

// Over the loopback device, which a test can have: what answers is this host, and what does not is an address
// that it does not have. The interface is named in the mechanism.
TEST_F(SessionTest, AnEndpointWhosePacketsStopIsGivenUpUnasked) {
  nsmgr_.AnswerWith(absl::OkStatus(), ConnectionTo("nse", "127.0.0.1", "127.0.0.2"));
  Start();
  const std::string id = nsmgr_.NextRequest().connection().id();
  WaitUntilUp();
  WaitForState("UP", "come through");
  // The next answer, to a Request for another reason, moves it to where nobody answers.
  nsmgr_.AnswerWith(absl::OkStatus(), ConnectionTo("nse", "192.0.2.1", "192.0.2.2"));
  nsmgr_.monitor.Down(id);
  nsmgr_.NextRequest();
  const NetworkServiceRequest reselect = nsmgr_.NextRequest();
  EXPECT_EQ(reselect.connection().state(), ::connection::RESELECT_REQUESTED);
  EXPECT_EQ(reselect.connection().network_service_endpoint_name(), "");
  const absl::Time first = absl::Now();
  EXPECT_EQ(nsmgr_.NextRequest().connection().state(), ::connection::RESELECT_REQUESTED);
  EXPECT_GE(absl::Now() - first, absl::Seconds(1)) << "it stays a while where nothing comes, too";
  nsmgr_.AnswerWith(absl::OkStatus(), ConnectionTo("other", "127.0.0.1", "127.0.0.2"));
  WaitForState("UP", "come through");
}

TEST_F(SessionTest, SaysWhatIsWantedAndWhyItIsNotThere) {
  nsmgr_.AnswerWith(absl::NotFoundError("no endpoint fits"));
  Start();
  nsmgr_.NextRequest();
  nsmgr_.NextRequest();  // the first one has failed by now
  nlohmann::json wanted = session_->WantedToJson();
  EXPECT_EQ(wanted["connected"], false);
  EXPECT_THAT(wanted.value("failed", ""), testing::HasSubstr("no endpoint fits"));
  EXPECT_EQ(wanted.value("interface", ""), "nsm-1");
  nsmgr_.AnswerWith(absl::OkStatus(), ConnectionTo("nse", "127.0.0.1", "127.0.0.2"));
  WaitUntilUp();
  WaitForState("UP", "");
  wanted = session_->WantedToJson();
  EXPECT_EQ(wanted["connected"], true);
  EXPECT_FALSE(wanted.contains("failed"));
}

TEST_F(SessionTest, OfAConnectionThatWasClosedNobodyIsToldThatPacketsComeThrough) {
  nsmgr_.AnswerWith(absl::OkStatus(), ConnectionTo("nse", "127.0.0.1", "127.0.0.2"));
  Start();
  const std::string id = nsmgr_.NextRequest().connection().id();
  WaitUntilUp();
  WaitForState("UP", "come through");
  nsmgr_.AnswerWith(absl::NotFoundError("no endpoint fits"));
  nsmgr_.monitor.Delete(id);
  WaitForState("DOWN", "");
  EXPECT_FALSE(session_->ToJson().contains("packets"));
}

TEST_F(SessionTest, AnEndpointThatNeverAnsweredIsReportedAndKept) {
  nsmgr_.AnswerWith(absl::OkStatus(), ConnectionTo("nse", "192.0.2.1", "192.0.2.2"));
  Start();
  const std::string id = nsmgr_.NextRequest().connection().id();
  WaitForState("DOWN", "none ever came");
  nsmgr_.monitor.Down(id);
  EXPECT_EQ(nsmgr_.NextRequest().connection().network_service_endpoint_name(), "nse")
      << "nothing was asked for before";
  EXPECT_TRUE(nsmgr_.closes.empty());
}

TEST_F(SessionTest, WhatTheClientsOtherConnectionsHaveIsExcluded) {
  ASSERT_TRUE(given_.Take("nsc-1", "b at nsm-2", ConnectionTo("b", "10.0.0.1", "10.0.0.0")).ok());
  nsmgr_.AnswerWith(absl::OkStatus(), ConnectionTo("a", "10.0.0.3", "10.0.0.2"));
  Start();
  const Connection asked = nsmgr_.NextRequest().connection();
  EXPECT_THAT(asked.context().ip_context().excluded_prefixes(), ElementsAre("10.0.0.0/32", "10.0.0.1/32"));
  WaitUntilUp();
  ASSERT_TRUE(given_.Take("nsc-1", "b at nsm-2", ConnectionTo("b", "10.0.0.5", "10.0.0.4")).ok());
  nsmgr_.monitor.Down(asked.id());
  EXPECT_THAT(nsmgr_.NextRequest().connection().context().ip_context().excluded_prefixes(),
              ElementsAre("10.0.0.4/32", "10.0.0.5/32"));
  EXPECT_THAT(given_.ExcludedFor("nsc-1"), SizeIs(2)) << "and its own are excluded for the other";
}

TEST_F(SessionTest, AnEndpointThatGivesWhatAnotherHasIsRefused) {
  ASSERT_TRUE(given_.Take("nsc-1", "b at nsm-2", ConnectionTo("b", "10.0.0.1", "10.0.0.0")).ok());
  nsmgr_.AnswerWith(absl::OkStatus(), ConnectionTo("a", "10.0.0.1", "10.0.0.0"));
  Start();
  nsmgr_.NextRequest();
  EXPECT_EQ(nsmgr_.NextRequest().connection().mechanism().type(), "KERNEL")
      << "asked once more, with what it got";
  auto closed = nsmgr_.closes.Pop();
  ASSERT_TRUE(closed.has_value());
  EXPECT_FALSE(session_->connection().has_value());
}

TEST_F(SessionTest, WithoutAnNsmgrThereIsNothingToClose) {
  nsmgr_.Stop();
  Start();
  EXPECT_TRUE(session_->Close().ok());
  EXPECT_FALSE(session_->connection().has_value());
}

TEST_F(SessionTest, ARequestThatHangsDoesNotHoldUpTheEnd) {
  config_.request_timeout = absl::Minutes(1);
  nsmgr_.Hang(true);
  Start();
  nsmgr_.NextRequest();
  const absl::Time end = absl::Now();
  EXPECT_TRUE(session_->Close().ok());
  EXPECT_LT(absl::Now() - end, absl::Seconds(20));
}

TEST_F(SessionTest, WhatIsAnsweredWhileItEndsIsClosed) {
  nsmgr_.Hang(true);
  Start();
  nsmgr_.NextRequest();
  std::thread late([this] {
    absl::SleepFor(absl::Milliseconds(200));
    nsmgr_.Hang(false);
  });
  EXPECT_TRUE(session_->Close().ok());
  late.join();
  EXPECT_TRUE(nsmgr_.closes.Pop().has_value());
}

TEST_F(SessionTest, ASegmentWithoutAnExpiryMakesNoStorm) {
  Connection answer;
  answer.mutable_path()->add_path_segments()->set_name("nse");
  nsmgr_.AnswerWith(absl::OkStatus(), answer);
  Start();
  nsmgr_.NextRequest();
  absl::SleepFor(absl::Milliseconds(500));
  EXPECT_TRUE(nsmgr_.requests.empty());
}

class ShortTokensTest : public SessionTest {
 protected:
  ShortTokensTest() : SessionTest(absl::Seconds(1)) {}
};

TEST_F(ShortTokensTest, ItRefreshesLongBeforeTheFirstTokenExpires) {
  Start();
  const Connection first = nsmgr_.NextRequest().connection();
  const absl::Time asked = absl::Now();
  const Connection second = nsmgr_.NextRequest().connection();
  EXPECT_EQ(second.id(), first.id());
  EXPECT_EQ(second.mechanism().type(), "KERNEL");
  EXPECT_LT(absl::Now() - asked, absl::Seconds(1));
}

}  // namespace
}  // namespace nsm::client
