// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/vxlan_mechanism.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/chain_end.h"
#include "tests/harness/fake_dataplane.h"
#include "tests/harness/ip.h"

namespace nsm::forwarder {
namespace {

using dataplane::Tunnel;
using testing::HasSubstr;
using testing::IsEmpty;
using Parameters = std::map<std::string, std::string>;

Mechanism With(const Parameters& parameters) {
  Mechanism mechanism = MakeMechanism(kRemoteVxlan);
  mechanism.mutable_parameters()->insert(parameters.begin(), parameters.end());
  return mechanism;
}

Parameters Of(const Mechanism& mechanism) {
  return {mechanism.parameters().begin(), mechanism.parameters().end()};
}

class VxlanMechanismTest : public testing::Test {
 protected:
  VxlanMechanismTest() { UseEnd("192.0.2.1", 4789); }
  void UseEnd(const std::string& address, uint16_t port) {
    vxlan_.emplace(dataplane_, TunnelEnd{.address = Ip(address), .port = port});
  }
  absl::StatusOr<AgreedLeg> Accept(const Parameters& offered) {
    return vxlan_->Accept(connection_, With(offered));
  }
  absl::StatusOr<AgreedLeg> Agree(const Parameters& chosen) {
    *connection_.mutable_mechanism() = With(chosen);
    return vxlan_->Agree(connection_);
  }

  dataplane::FakeDataplane dataplane_;
  std::optional<VxlanMechanism> vxlan_;
  Connection connection_ = ConnectionThrough({"nsc", "nsmgr", "fwd"}, 2);
};

TEST_F(VxlanMechanismTest, OffersItsOwnEnd) {
  UseEnd("192.0.2.1", 4790);
  auto offer = vxlan_->Offer(connection_);
  ASSERT_TRUE(offer.ok()) << offer.status();
  EXPECT_EQ(KindOf(*offer).ToString(), "REMOTE VXLAN");
  EXPECT_EQ(Of(*offer),
            (Parameters{{"src_ip", "192.0.2.1"}, {"src_port", "4790"}, {"src_answers_probes", "true"}}));
  connection_.mutable_context()->set_mtu(1400);
  connection_.set_payload("IP");
  EXPECT_EQ(Of(*vxlan_->Offer(connection_)), (Parameters{{"src_ip", "192.0.2.1"},
                                                         {"src_port", "4790"},
                                                         {"src_answers_probes", "true"},
                                                         {"MTU", "1400"},
                                                         {"payload", "IP"}}));
}

// An upstream forwarder says nothing of it, and may answer with what it was offered.
TEST_F(VxlanMechanismTest, EachEndSaysForItselfThatItAnswersProbes) {
  auto accepted = Accept({{"src_ip", "192.0.2.8"}, {"src_answers_probes", "true"}});
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_TRUE(accepted->peer_answers);
  EXPECT_EQ(Of(accepted->mechanism)["dst_answers_probes"], "true");
  accepted = Accept({{"src_ip", "192.0.2.8"}, {"dst_answers_probes", "true"}});
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_FALSE(accepted->peer_answers);
  EXPECT_EQ(Of(accepted->mechanism)["dst_answers_probes"], "true");

  Parameters answer = {{"dst_ip", "192.0.2.9"}, {"vni", "77"}, {"src_answers_probes", "true"}};
  EXPECT_FALSE(Agree(answer).value().peer_answers);
  answer["dst_answers_probes"] = "true";
  EXPECT_TRUE(Agree(answer).value().peer_answers);
  dataplane::CrossConnect live;
  live.endpoint = Agree(answer).value().leg;
  live.peer_answers = true;
  Parameters recalled = Of(vxlan_->Recall(live).value());
  EXPECT_EQ(recalled["src_answers_probes"], "true");
  EXPECT_FALSE(recalled.contains("dst_answers_probes")) << "it has to say so again";
}

TEST_F(VxlanMechanismTest, ThePeerIsTheOtherEndOnOurPort) {
  const Parameters both = {
      {"src_ip", "192.0.2.8"}, {"dst_ip", "192.0.2.9"}, {"dst_port", "4790"}, {"vni", "77"}};
  auto remote = [](const absl::StatusOr<AgreedLeg>& leg) {
    return leg.ok() ? std::get<Tunnel>(leg->leg).remote.ToString() : leg.status().ToString();
  };
  EXPECT_EQ(remote(Accept(both)), "192.0.2.8") << "no port stands for 4789";
  EXPECT_TRUE(absl::IsInvalidArgument(Agree(both).status()));
  UseEnd("192.0.2.1", 4790);
  EXPECT_EQ(remote(Agree(both)), "192.0.2.9");
  EXPECT_TRUE(absl::IsInvalidArgument(Accept(both).status()));
  for (const char* port : {"x", "0", "-1", "4789 "}) {
    auto refused = Accept({{"src_ip", "192.0.2.8"}, {"src_port", port}});
    EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << port;
  }
}

TEST_F(VxlanMechanismTest, APeerWithoutAddressIsRefusedAndHoldsNoVni) {
  for (const char* address : {"", "localhost", "192.0.2.0/24", "0.0.0.0"}) {
    auto refused = Accept({{"src_ip", address}});
    EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << address;
    EXPECT_THAT(refused.status().message(), HasSubstr("VXLAN parameter src_ip")) << address;
  }
  EXPECT_THAT(Accept({{"src_ip", "2001:db8::9"}}).status().message(), HasSubstr("different families"));
  dataplane_.tunnel_mtu = absl::UnavailableError("no route");
  EXPECT_TRUE(absl::IsUnavailable(Accept({{"src_ip", "192.0.2.8"}}).status()));
  EXPECT_THAT(dataplane_.reserved, IsEmpty());
}

TEST_F(VxlanMechanismTest, TheSmallerMtuCounts) {
  const Parameters offered = {{"src_ip", "192.0.2.8"}};
  auto mtu = [&](const char* said) {
    Parameters with = offered;
    with["MTU"] = said;
    return Accept(with).value().mtu;
  };
  EXPECT_EQ(mtu("1400"), 1400u);
  EXPECT_EQ(mtu("9000"), 1450u);
  EXPECT_EQ(mtu("68"), 68u);
  for (const char* nothing : {"", "0", "-1", "99999999999", "many"})
    EXPECT_EQ(mtu(nothing), 1450u) << nothing;
  dataplane_.ReleaseVni(connection_.id());
  auto refused = Accept({{"src_ip", "192.0.2.8"}, {"MTU", "67"}});
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << refused.status();
  EXPECT_THAT(dataplane_.reserved, IsEmpty());
}

TEST_F(VxlanMechanismTest, AnAnswerNeedsAVniAndOneFamily) {
  auto agreed = Agree({{"dst_ip", "192.0.2.9"}, {"vni", "77"}});
  ASSERT_TRUE(agreed.ok()) << agreed.status();
  EXPECT_EQ(std::get<Tunnel>(agreed->leg),
            (Tunnel{.local = Ip("192.0.2.1"), .remote = Ip("192.0.2.9"), .port = 4789, .vni = Vni{77}}));
  for (const char* vni : {"", "0", "16777216", "x"}) {
    EXPECT_FALSE(Agree({{"dst_ip", "192.0.2.9"}, {"vni", vni}}).ok()) << vni;
  }
  auto mixed = Agree({{"dst_ip", "2001:db8::9"}, {"vni", "77"}});
  EXPECT_THAT(mixed.status().message(), HasSubstr("different families"));
}

TEST_F(VxlanMechanismTest, TheVniFollowsTheOrderOfTheOriginalAddresses) {
  auto even = [&](const Parameters& parameters) {
    auto accepted = Accept(parameters);
    EXPECT_TRUE(accepted.ok()) << accepted.status();
    return accepted.ok() && std::get<Tunnel>(accepted->leg).vni == dataplane_.even;
  };
  UseEnd("192.0.2.2", 4789);
  EXPECT_TRUE(even({{"src_ip", "192.0.2.1"}}));
  EXPECT_TRUE(even({{"src_ip", "192.0.2.2"}}));
  EXPECT_FALSE(even({{"src_ip", "192.0.2.3"}}));
  EXPECT_TRUE(even({{"src_ip", "192.0.2.3"}, {"orig_src_ip", "10.0.0.1"}}));
  EXPECT_FALSE(even({{"src_ip", "192.0.2.1"}, {"orig_dst_ip", "10.0.0.1"}}));
  EXPECT_TRUE(even({{"src_ip", "192.0.2.3"}, {"orig_src_ip", ""}})) << "empty, but there";
  EXPECT_FALSE(even({{"src_ip", "192.0.2.1"}, {"orig_dst_ip", ""}}));
}

TEST_F(VxlanMechanismTest, WhatIsRecalledIsTheSameTunnel) {
  UseEnd("192.0.2.1", 4790);
  const Tunnel tunnel{.local = Ip("192.0.2.1"), .remote = Ip("192.0.2.9"), .port = 4790, .vni = Vni{77}};
  dataplane::CrossConnect live;
  live.endpoint = tunnel;
  auto recalled = vxlan_->Recall(live);
  ASSERT_TRUE(recalled.has_value());
  EXPECT_EQ(KindOf(*recalled), kRemoteVxlan);
  EXPECT_FALSE(recalled->parameters().contains("payload"));
  EXPECT_EQ(std::get<Tunnel>(Agree(Of(*recalled)).value().leg), tunnel);
  live.payload = dataplane::Payload::kIp;
  EXPECT_EQ(Parameter(*vxlan_->Recall(live), "payload"), "IP");
  live.client = tunnel;
  live.endpoint = dataplane::Attachment();
  EXPECT_FALSE(vxlan_->Recall(live).has_value());
}

TEST_F(VxlanMechanismTest, PayloadIpIsCarriedWhereBothSidesSaySo) {
  connection_.set_payload("IP");
  const Parameters plain = {{"src_ip", "192.0.2.8"}, {"dst_ip", "192.0.2.9"}, {"vni", "77"}};
  EXPECT_TRUE(absl::IsFailedPrecondition(Accept(plain).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(Agree(plain).status()));
  Parameters confirmed = plain;
  confirmed["payload"] = "IP";
  EXPECT_EQ(Parameter(Accept(confirmed).value().mechanism, "payload"), "IP");
  EXPECT_TRUE(Agree(confirmed).ok());
}

TEST_F(VxlanMechanismTest, ATunnelIsKnownByTheIdInThePath) {
  dataplane_.live["old-id"].client =
      Tunnel{.local = Ip("192.0.2.1"), .remote = Ip("192.0.2.9"), .vni = Vni{77}};
  const Connection connection = ConnectionThrough({"nsc", "nsmgr", "old"}, 1);
  auto found = [&](const Parameters& parameters) {
    return vxlan_->FindLive(connection, With(parameters)).value().value_or("none");
  };
  EXPECT_EQ(found({{"src_ip", "192.0.2.9"}, {"vni", "77"}}), "old-id");
  EXPECT_EQ(found({{"src_ip", "192.0.2.8"}, {"vni", "77"}}), "none");
  EXPECT_EQ(found({{"src_ip", "192.0.2.9"}, {"vni", "78"}}), "none");
  EXPECT_EQ(found({}), "none");
  dataplane_.live["old-id"].client = dataplane::Attachment();
  EXPECT_EQ(found({{"src_ip", "192.0.2.9"}, {"vni", "77"}}), "none");
}

}  // namespace
}  // namespace nsm::forwarder
