// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/join_legs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/forwarder/kernel_mechanism.h"
#include "src/forwarder/vxlan_mechanism.h"
#include "src/nsm/wire/time.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/fake_dataplane.h"
#include "tests/harness/ip.h"
#include "tests/unit/forwarder/fake_mechanism.h"

namespace nsm::forwarder {
namespace {

using dataplane::Attachment;
using dataplane::Tunnel;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Parameters = std::map<std::string, std::string>;

const Url kPod = Url::Unix("/run/nse.sock");
const Url kNode = Url::Tcp({"192.0.2.2", 5001});
const TunnelEnd kOwn{.address = Ip("192.0.2.1")};

constexpr MechanismKind kLocalMemif{"LOCAL", "MEMIF"};

Mechanism Of(const MechanismKind& kind, const Parameters& parameters) {
  Mechanism mechanism = MakeMechanism(kind);
  mechanism.mutable_parameters()->insert(parameters.begin(), parameters.end());
  return mechanism;
}
Mechanism Kernel(const std::string& inode, const std::string& name) {
  return MakeKernel("inode://4/" + inode, name);
}
Mechanism Vxlan(const Parameters& parameters) { return Of(kRemoteVxlan, parameters); }

Parameters ParametersOf(const Mechanism& mechanism) {
  return {mechanism.parameters().begin(), mechanism.parameters().end()};
}

Parameters MetricsOf(const PathSegment& segment) {
  return {segment.metrics().begin(), segment.metrics().end()};
}

class JoinLegsTest : public testing::Test {
 protected:
  JoinLegsTest() {
    mechanisms_.Add<KernelMechanism>(dataplane_);
    mechanisms_.Add<VxlanMechanism>(dataplane_, kOwn);
    chain_.Add<JoinLegs>(dataplane_, mechanisms_, clock_);
    end_ = &chain_.Add<ChainEnd>();
    context_.caller.is_local = true;
    context_.next_hop = kPod;
    connection_.set_payload("ETHERNET");
    *connection_.mutable_path()->mutable_path_segments(1)->mutable_expires() =
        ToTimestamp(clock_.Now() + absl::Minutes(10));
    AnswerWith(Kernel("20", "nse-1"));
  }
  // The next hop is "nse" from now on and chooses that.
  void AnswerWith(const Mechanism& mechanism, uint32_t mtu = 0) {
    end_->answer = [mechanism, mtu](Connection connection) {
      if (connection.path().path_segments_size() == 3)
        connection.mutable_path()->add_path_segments()->set_name("nse");
      *connection.mutable_mechanism() = mechanism;
      connection.mutable_context()->set_mtu(mtu);
      connection.mutable_context()->mutable_ip_context()->add_src_ip_addrs("10.0.0.1/32");
      connection.mutable_context()->mutable_ip_context()->add_dst_ip_addrs("10.0.0.0/32");
      return connection;
    };
  }
  absl::StatusOr<Connection> Request(const std::vector<Mechanism>& preferences) {
    NetworkServiceRequest request = RequestFor(connection_);
    for (const Mechanism& preference : preferences) *request.add_mechanism_preferences() = preference;
    return chain_.Request(context_, request);
  }
  // What the next hop was asked for last.
  const NetworkServiceRequest& Asked() const { return end_->requests.back(); }

  FakeClock clock_;
  dataplane::FakeDataplane dataplane_;
  Mechanisms mechanisms_;
  Chain chain_;
  ChainEnd* end_ = nullptr;
  Context context_;
  Connection connection_ = ConnectionThrough({"nsc", "nsmgr", "fwd"}, 2);
};

TEST_F(JoinLegsTest, JoinsTwoPodsOfTheNode) {
  auto answer = Request({Kernel("10", "nsm-1")});
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(Asked().mechanism_preferences_size(), 1);
  EXPECT_EQ(Asked().mechanism_preferences(0).type(), "KERNEL");
  EXPECT_THAT(ParametersOf(Asked().mechanism_preferences(0)), IsEmpty()) << "no pod hears of the other's";
  EXPECT_FALSE(Asked().connection().has_mechanism());
  EXPECT_EQ(ParametersOf(answer->mechanism()), ParametersOf(Kernel("10", "nsm-1")));
  EXPECT_EQ(MetricsOf(answer->path().path_segments(2)),
            (Parameters{{"client_interface", "KERNEL/nse-1"}, {"server_interface", "KERNEL/nsm-1"}}));

  ASSERT_EQ(dataplane_.applied.size(), 1u);
  const dataplane::CrossConnect& made = dataplane_.applied[0];
  EXPECT_EQ(made.id, "fwd-id");
  EXPECT_EQ(made.expiry, clock_.Now() + absl::Minutes(10));
  EXPECT_FALSE(made.guarded);
  const auto& client = std::get<Attachment>(made.client);
  const auto& endpoint = std::get<Attachment>(made.endpoint);
  EXPECT_EQ(client.netns, (NetnsInode{4, 10}));
  EXPECT_EQ(endpoint.netns, (NetnsInode{4, 20}));
  EXPECT_EQ(client.name + " " + endpoint.name, "nsm-1 nse-1");
  EXPECT_EQ(client.alias + " " + endpoint.alias, "server-nsc-id client-nsc-id");
  EXPECT_EQ(client.addresses.at(0).ToString(), "10.0.0.1/32");
  EXPECT_EQ(endpoint.addresses.at(0).ToString(), "10.0.0.0/32");
}

TEST_F(JoinLegsTest, TakesTheFirstPreferenceThatItCan) {
  auto answer =
      Request({MakeMechanism(kLocalMemif), Kernel("10", "much-too-long-a-name"), Kernel("10", "b")});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->mechanism().parameters().at("name"), "b");
  for (const std::vector<Mechanism>& none : {std::vector<Mechanism>{}, {MakeMechanism(kLocalMemif)}}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Request(none).status()));
  }
  *connection_.mutable_mechanism() = MakeMechanism(kLocalMemif);
  EXPECT_TRUE(absl::IsInvalidArgument(Request({Kernel("10", "b")}).status())) << "what is chosen stays";
  EXPECT_EQ(end_->requests.size(), 1u);
}

TEST_F(JoinLegsTest, AtTheEndpointsSideItChoosesTheVni) {
  context_.caller.is_local = false;
  auto answer = Request({Vxlan({{"src_ip", "192.0.2.9"}, {"src_port", "4789"}, {"MTU", "1400"}})});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(ParametersOf(answer->mechanism()), (Parameters{{"src_ip", "192.0.2.9"},
                                                           {"src_port", "4789"},
                                                           {"dst_ip", "192.0.2.1"},
                                                           {"dst_port", "4789"},
                                                           {"dst_answers_probes", "true"},
                                                           {"vni", "101"},
                                                           {"MTU", "1400"}}));
  EXPECT_EQ(std::get<Tunnel>(dataplane_.applied.at(0).client),
            (Tunnel{.local = IpAddress::Parse("192.0.2.1").value(),
                    .remote = IpAddress::Parse("192.0.2.9").value(),
                    .vni = Vni{101}}));
  EXPECT_EQ(answer->context().mtu(), 1400u);
  EXPECT_THAT(dataplane_.reserved, IsEmpty());
  EXPECT_FALSE(dataplane_.applied.at(0).peer_answers);
}

TEST_F(JoinLegsTest, AtTheClientsSideItTakesTheVniOfTheOther) {
  context_.next_hop = kNode;
  AnswerWith(Vxlan({{"dst_ip", "192.0.2.7"}, {"dst_port", "4789"}, {"vni", "77"}, {"MTU", "1420"}}), 9000);
  connection_.mutable_context()->set_mtu(1500);
  auto answer = Request({Kernel("10", "nsm-1")});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(
      ParametersOf(Asked().mechanism_preferences(0)),
      (Parameters{
          {"src_ip", "192.0.2.1"}, {"src_port", "4789"}, {"src_answers_probes", "true"}, {"MTU", "1500"}}));
  const auto& tunnel = std::get<Tunnel>(dataplane_.applied.at(0).endpoint);
  EXPECT_EQ(tunnel.remote.ToString(), "192.0.2.7") << "where its answer says, not where we dialled";
  EXPECT_EQ(tunnel.vni, Vni{77});
  EXPECT_EQ(dataplane_.applied[0].mtu, 1420u) << "the smallest on the way";
  EXPECT_EQ(answer->context().mtu(), 1420u);
  EXPECT_EQ(answer->mechanism().type(), "KERNEL");
  EXPECT_EQ(answer->path().path_segments(2).metrics().at("client_interface"), "VXLAN/");
}

TEST_F(JoinLegsTest, TheRouteToThePeerBoundsTheMtu) {
  context_.next_hop = kNode;
  dataplane_.tunnel_mtu = 1370;
  AnswerWith(Vxlan({{"dst_ip", "192.0.2.7"}, {"vni", "77"}, {"MTU", "1420"}}));
  EXPECT_EQ(Request({Kernel("10", "nsm-1")})->context().mtu(), 1370u);
}

TEST_F(JoinLegsTest, AForeignPortIsRefusedOnBothSides) {
  absl::Status refused = Request({Vxlan({{"src_ip", "192.0.2.9"}, {"src_port", "8472"}})}).status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  EXPECT_THAT(refused.message(), HasSubstr("src_port \"8472\""));
  EXPECT_THAT(end_->requests, IsEmpty());

  context_.next_hop = kNode;
  AnswerWith(Vxlan({{"dst_ip", "192.0.2.7"}, {"dst_port", "8472"}, {"vni", "77"}}));
  EXPECT_TRUE(absl::IsInvalidArgument(Request({Kernel("10", "nsm-1")}).status()));
  EXPECT_EQ(end_->closes.size(), 1u);
  EXPECT_THAT(dataplane_.applied, IsEmpty());
}

TEST_F(JoinLegsTest, PayloadIpIsGuardedAndNeedsNoArp) {
  connection_.set_payload("IP");
  ASSERT_TRUE(Request({Kernel("10", "nsm-1")}).ok());
  EXPECT_EQ(dataplane_.applied.at(0).payload, dataplane::Payload::kIp);
  EXPECT_TRUE(dataplane_.applied[0].guarded);
  const auto& client = std::get<Attachment>(dataplane_.applied[0].client);
  const auto& endpoint = std::get<Attachment>(dataplane_.applied[0].endpoint);
  EXPECT_NE(client.mac, endpoint.mac);
  EXPECT_THAT(client.neighbors,
              ElementsAre(dataplane::Neighbor{*IpAddress::Parse("10.0.0.0"), *endpoint.mac}));
  EXPECT_THAT(endpoint.neighbors,
              ElementsAre(dataplane::Neighbor{*IpAddress::Parse("10.0.0.1"), *client.mac}));
}

TEST_F(JoinLegsTest, EachSideOfEthernetHasAMacAddressThatStays) {
  ASSERT_TRUE(Request({Kernel("10", "nsm-1")}).ok());
  ASSERT_TRUE(Request({Kernel("11", "nsm-2")}).ok());
  auto mac = [&](int i, bool client) {
    const dataplane::CrossConnect& made = dataplane_.applied.at(i);
    return std::get<Attachment>(client ? made.client : made.endpoint).mac.value().ToString();
  };
  EXPECT_EQ(mac(0, true), mac(1, true));
  EXPECT_EQ(mac(0, false), mac(1, false));
  EXPECT_NE(mac(0, true), mac(0, false));
}

TEST_F(JoinLegsTest, EachPodSaysWhetherItUsesTheOthersDefaultRoute) {
  for (bool client_asks : {false, true}) {
    Mechanism client = Kernel("10", "nsm-1");
    Mechanism endpoint = Kernel("20", "nse-1");
    (*(client_asks ? client : endpoint).mutable_parameters())["default_route"] = "true";
    AnswerWith(endpoint);
    auto answer = end_->answer;
    end_->answer = [answer](Connection connection) {
      connection = answer(connection).value();
      connection.mutable_context()->mutable_ip_context()->add_src_routes()->set_prefix("0.0.0.0/0");
      connection.mutable_context()->mutable_ip_context()->add_dst_routes()->set_prefix("0.0.0.0/0");
      return connection;
    };
    ASSERT_TRUE(Request({client}).ok());
    const dataplane::CrossConnect& made = dataplane_.applied.back();
    auto length = [](const dataplane::Leg& leg) {
      return std::get<Attachment>(leg).routes.back().prefix.length();
    };
    EXPECT_EQ(length(made.client), client_asks ? 1 : 0);
    EXPECT_EQ(length(made.endpoint), client_asks ? 0 : 1);
  }
  AnswerWith(Kernel("20", "nse-1"));
  Mechanism asks = Kernel("10", "nsm-1");
  (*asks.mutable_parameters())["default_route"] = "true";
  EXPECT_TRUE(absl::IsFailedPrecondition(Request({asks}).status())) << "none is given";
}

TEST_F(JoinLegsTest, PayloadIpOverVxlanIsConfirmedByBothSides) {
  connection_.set_payload("IP");
  context_.next_hop = kNode;
  const Parameters plain = {{"dst_ip", "192.0.2.7"}, {"vni", "77"}};
  AnswerWith(Vxlan(plain));
  absl::Status refused = Request({Kernel("10", "nsm-1")}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(refused.message(), HasSubstr("REMOTE VXLAN"));
  EXPECT_EQ(end_->closes.size(), 1u) << "it accepted, and would keep it";
  EXPECT_THAT(dataplane_.applied, IsEmpty());
  EXPECT_EQ(Asked().mechanism_preferences(0).parameters().at("payload"), "IP");

  Parameters confirmed = plain;
  confirmed["payload"] = "IP";
  AnswerWith(Vxlan(confirmed));
  auto first = Request({Kernel("10", "nsm-1")});
  ASSERT_TRUE(first.ok()) << first.status();
  connection_ = *first;
  ASSERT_TRUE(Request({}).ok());
  EXPECT_EQ(Asked().connection().mechanism().parameters().at("payload"), "IP") << "a refresh, too";

  context_.next_hop = kPod;
  connection_.clear_mechanism();
  AnswerWith(Kernel("20", "nse-1"));
  EXPECT_TRUE(absl::IsFailedPrecondition(Request({Vxlan({{"src_ip", "192.0.2.9"}})}).status()));
  auto answer = Request({Vxlan({{"src_ip", "192.0.2.9"}, {"payload", "IP"}})});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->mechanism().parameters().at("payload"), "IP");
}

TEST_F(JoinLegsTest, AnUnknownPayloadIsRefused) {
  connection_.set_payload("MEMIF");
  EXPECT_TRUE(absl::IsInvalidArgument(Request({Kernel("10", "nsm-1")}).status()));
  EXPECT_THAT(end_->requests, IsEmpty());
}

TEST_F(JoinLegsTest, WhatCannotBeJoinedIsClosedAtTheNextHop) {
  context_.deadline = clock_.Now() + absl::Milliseconds(1);
  dataplane_.apply_answers = {absl::NotFoundError("no such namespace")};
  EXPECT_TRUE(absl::IsNotFound(Request({Vxlan({{"src_ip", "192.0.2.9"}})}).status()));
  ASSERT_EQ(end_->closes.size(), 1u);
  EXPECT_EQ(end_->closes[0].mechanism().parameters().at("name"), "nse-1") << "as the next hop knows it";
  EXPECT_EQ(end_->contexts.back().deadline, clock_.Now() + absl::Seconds(5)) << "whatever is left of ours";
  EXPECT_THAT(dataplane_.reserved, IsEmpty());

  AnswerWith(MakeMechanism(kLocalMemif));
  EXPECT_TRUE(absl::IsInternal(Request({Kernel("10", "nsm-1")}).status())) << "that was not offered";
  EXPECT_EQ(end_->closes.size(), 2u);
}

TEST_F(JoinLegsTest, AVniConflictIsAskedAgainFiveTimesAtMost) {
  dataplane_.apply_answers = {absl::AbortedError("taken"), absl::AbortedError("taken")};
  EXPECT_TRUE(Request({Kernel("10", "nsm-1")}).ok());
  EXPECT_EQ(end_->requests.size(), 3u);
  EXPECT_EQ(end_->closes.size(), 2u) << "each that failed is undone";
  dataplane_.apply_answers.assign(9, absl::AbortedError("taken"));
  EXPECT_TRUE(absl::IsAborted(Request({Kernel("10", "nsm-1")}).status()));
  EXPECT_EQ(end_->requests.size(), 3u + 6u);
}

TEST_F(JoinLegsTest, AnAbortFromFurtherDownIsNoVniConflict) {
  end_->answer = [](Connection) { return absl::AbortedError("somebody's transaction"); };
  absl::Status status = Request({Kernel("10", "nsm-1")}).status();
  EXPECT_EQ(status, absl::AbortedError("somebody's transaction"));
  EXPECT_EQ(end_->requests.size(), 1u);
}

TEST_F(JoinLegsTest, ARefusedRequestHoldsNoVni) {
  const Mechanism tunnel = Vxlan({{"src_ip", "192.0.2.9"}});
  end_->answer = [](Connection) { return absl::UnavailableError("away"); };
  EXPECT_TRUE(absl::IsUnavailable(Request({tunnel}).status()));
  EXPECT_THAT(dataplane_.reserved, IsEmpty());
  EXPECT_TRUE(absl::IsInvalidArgument(Request({Vxlan({{"src_ip", "2001:db8::9"}})}).status()));
  EXPECT_THAT(dataplane_.reserved, IsEmpty());
  context_.next_hop = std::nullopt;
  EXPECT_TRUE(absl::IsInternal(Request({tunnel}).status()));
  EXPECT_THAT(dataplane_.reserved, IsEmpty());
  EXPECT_THAT(end_->closes, IsEmpty()) << "there is nothing to undo";
}

TEST_F(JoinLegsTest, ARefreshAsksForWhatIsLive) {
  auto first = Request({Kernel("10", "nsm-1")});
  ASSERT_TRUE(first.ok()) << first.status();
  connection_ = *first;
  ASSERT_TRUE(Request({}).ok());
  EXPECT_EQ(ParametersOf(Asked().connection().mechanism()), ParametersOf(Kernel("20", "nse-1")));
  EXPECT_EQ(Asked().mechanism_preferences_size(), 1) << "for an endpoint that has forgotten";

  connection_.set_state(::connection::RESELECT_REQUESTED);
  ASSERT_TRUE(Request({}).ok());
  EXPECT_FALSE(Asked().connection().has_mechanism());
  EXPECT_EQ(Asked().connection().state(), ::connection::RESELECT_REQUESTED);

  connection_.set_state(::connection::UP);
  context_.next_hop = kNode;
  AnswerWith(Vxlan({{"dst_ip", "192.0.2.7"}, {"vni", "77"}}));
  ASSERT_TRUE(Request({}).ok());
  EXPECT_FALSE(Asked().connection().has_mechanism()) << "another kind of next hop than before";
  ASSERT_TRUE(Request({}).ok());
  EXPECT_EQ(Asked().connection().mechanism().parameters().at("vni"), "77");
}

TEST_F(JoinLegsTest, CloseRemovesAndGoesOnWithTheNextHopsMechanism) {
  ASSERT_TRUE(Request({Kernel("10", "nsm-1")}).ok());
  dataplane_.remove_answer = absl::InternalError("busy");
  connection_.mutable_mechanism()->set_type("of the caller");
  EXPECT_TRUE(absl::IsInternal(chain_.Close(context_, connection_)));
  EXPECT_THAT(dataplane_.removed, ElementsAre("fwd-id"));
  ASSERT_EQ(end_->closes.size(), 1u) << "although removing failed";
  EXPECT_EQ(end_->closes[0].mechanism().parameters().at("name"), "nse-1");
  dataplane_.remove_answer = absl::OkStatus();
  end_->close_answer = absl::UnavailableError("away");
  EXPECT_TRUE(absl::IsUnavailable(chain_.Close(context_, connection_)));
}

// As in a forwarder that has two REMOTE mechanisms.
class JoinLegsOfTwoKindsTest : public JoinLegsTest {
 protected:
  JoinLegsOfTwoKindsTest() {
    mechanisms_ = Mechanisms();
    mechanisms_.Add<KernelMechanism>(dataplane_);
    wireguard_ = &mechanisms_.Add<FakeMechanism>(kRemoteWireguard);
    mechanisms_.Add<VxlanMechanism>(dataplane_, kOwn);
    connection_.set_payload("IP");
  }
  std::string Asked() const {
    std::string kinds = KindOf(JoinLegsTest::Asked().connection().mechanism()).ToString() + ":";
    for (const Mechanism& preference : JoinLegsTest::Asked().mechanism_preferences()) {
      kinds += " " + preference.type();
    }
    return kinds;
  }

  FakeMechanism* wireguard_ = nullptr;
};

TEST_F(JoinLegsOfTwoKindsTest, TheNextHopChoosesAndARefreshKeepsWhatIsLive) {
  context_.next_hop = kNode;
  AnswerWith(Vxlan({{"dst_ip", "192.0.2.7"}, {"vni", "77"}, {"payload", "IP"}}));
  auto first = Request({Kernel("10", "nsm-1")});
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(Asked(), "(no class) (no type): WIREGUARD VXLAN");
  EXPECT_EQ(std::get<Tunnel>(dataplane_.applied.at(0).endpoint).vni, Vni{77});
  connection_ = *first;
  ASSERT_TRUE(Request({}).ok());
  EXPECT_EQ(Asked(), "REMOTE VXLAN: WIREGUARD VXLAN");

  AnswerWith(MakeMechanism(kRemoteWireguard));
  connection_.set_state(::connection::RESELECT_REQUESTED);
  ASSERT_TRUE(Request({}).ok());
  EXPECT_EQ(Asked(), "(no class) (no type): WIREGUARD VXLAN");
  connection_.set_state(::connection::UP);
  ASSERT_TRUE(Request({}).ok());
  EXPECT_EQ(Asked(), "REMOTE WIREGUARD: WIREGUARD VXLAN");
  EXPECT_EQ(JoinLegsTest::Asked().connection().mechanism().parameters().at("live"), "fwd-id");
  ASSERT_TRUE(chain_.Close(context_, connection_).ok());
  EXPECT_EQ(end_->closes.at(0).mechanism().type(), "WIREGUARD");
}

TEST_F(JoinLegsOfTwoKindsTest, WhatDoesNotCarryThePayloadIsNotOffered) {
  context_.next_hop = kNode;
  connection_.set_payload("ETHERNET");
  wireguard_->offer_answer = absl::FailedPreconditionError("it carries payload IP only");
  AnswerWith(Vxlan({{"dst_ip", "192.0.2.7"}, {"vni", "77"}}));
  ASSERT_TRUE(Request({Kernel("10", "nsm-1")}).ok());
  EXPECT_EQ(Asked(), "(no class) (no type): VXLAN");
}

TEST_F(JoinLegsOfTwoKindsTest, ACallersSecondPreferenceIsTakenIfTheFirstWillNotDo) {
  context_.caller.is_local = false;
  const Mechanism unconfirmed = Vxlan({{"src_ip", "192.0.2.9"}});
  wireguard_->mtu = 1420;
  auto answer = Request({unconfirmed, MakeMechanism(kRemoteWireguard)});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->mechanism().type(), "WIREGUARD");
  EXPECT_EQ(answer->context().mtu(), 1420u) << "less its own overhead";
  EXPECT_EQ(std::get<Tunnel>(dataplane_.applied.at(0).client).port, FakeMechanism::kPort);
  EXPECT_THAT(dataplane_.reserved, IsEmpty());

  wireguard_->accept_answer = absl::UnavailableError("no such device");
  answer = Request({MakeMechanism(kRemoteWireguard), Vxlan({{"src_ip", "192.0.2.9"}, {"payload", "IP"}})});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->mechanism().type(), "VXLAN");

  absl::Status none = Request({unconfirmed, MakeMechanism(kRemoteWireguard)}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(none)) << none;
  EXPECT_THAT(none.message(), HasSubstr("REMOTE VXLAN: without parameter payload=IP"));
  EXPECT_THAT(none.message(), HasSubstr("REMOTE WIREGUARD: no such device"));
}

TEST_F(JoinLegsOfTwoKindsTest, WhatWasNotChosenOrFailedIsGivenUp) {
  ASSERT_TRUE(Request({Vxlan({{"src_ip", "192.0.2.9"}, {"payload", "IP"}})}).ok());
  EXPECT_THAT(wireguard_->released, ElementsAre("fwd-id"));
  end_->answer = [](Connection) { return absl::UnavailableError("away"); };
  EXPECT_FALSE(Request({MakeMechanism(kRemoteWireguard)}).ok());
  EXPECT_THAT(wireguard_->released, ElementsAre("fwd-id", "fwd-id"));
}

}  // namespace
}  // namespace nsm::forwarder
