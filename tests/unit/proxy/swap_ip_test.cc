// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/swap_ip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/ip.h"
#include "tests/harness/tunnel_addresses.h"

namespace nsm::proxy {
namespace {

using testing::ElementsAre;

class SwapIpTest : public TunnelAddressesTest<SwapIp> {
 protected:
  SwapIpTest()
      : TunnelAddressesTest({{Ip("10.0.0.1"), Ip("198.51.100.1")}},
                            {{"dst_ip", "203.0.113.9"}, {"vni", "5"}}) {}
};

TEST_F(SwapIpTest, EveryPreferenceIsTranslatedAndTheAnswerBack) {
  NetworkServiceRequest request;
  Set({{"src_ip", "10.0.0.1"}}, *request.add_mechanism_preferences());
  Set({{"src_ip", "10.0.0.7"}}, *request.add_mechanism_preferences());
  Set({{"name", "nsm0"}}, *request.add_mechanism_preferences());
  request.mutable_connection()->set_state(::connection::RESELECT_REQUESTED);
  Connection answer = chain_.Request(context_, request).value();
  EXPECT_EQ(end_->requests.at(0).connection().state(), ::connection::RESELECT_REQUESTED);
  const auto& arrived = end_->requests.at(0).mechanism_preferences();
  EXPECT_EQ(Of(arrived[0]), (Parameters{{"src_ip", "198.51.100.1"}, {"orig_src_ip", "10.0.0.1"}}));
  EXPECT_EQ(Of(arrived[1]), (Parameters{{"src_ip", "10.0.0.7"}, {"orig_src_ip", "10.0.0.7"}}))
      << "not mapped";
  EXPECT_EQ(Of(arrived[2]), (Parameters{{"name", "nsm0"}}));
  EXPECT_EQ(Of(answer.mechanism()),
            (Parameters{{"src_ip", "10.0.0.1"}, {"dst_ip", "203.0.113.9"}, {"vni", "5"}}));
}

TEST_F(SwapIpTest, SeveralMechanismsKeepTheirOrderAndAnyMayBeChosen) {
  end_->answer = [this](Connection connection) {
    *connection.mutable_mechanism() = end_->requests.back().mechanism_preferences(1);
    return connection;
  };
  NetworkServiceRequest request;
  for (const char* type : {"WIREGUARD", "VXLAN", "IPSEC"}) {
    Mechanism& preference = *request.add_mechanism_preferences();
    preference.set_cls("REMOTE");
    preference.set_type(type);
    Set({{"src_ip", "10.0.0.1"}, {"of", type}}, preference);
  }
  Connection answer = chain_.Request(context_, request).value();
  std::string arrived;
  for (const Mechanism& preference : end_->requests.at(0).mechanism_preferences()) {
    arrived += preference.type() + " ";
    EXPECT_EQ(
        Of(preference),
        (Parameters{{"src_ip", "198.51.100.1"}, {"orig_src_ip", "10.0.0.1"}, {"of", preference.type()}}));
  }
  EXPECT_EQ(arrived, "WIREGUARD VXLAN IPSEC ");
  EXPECT_EQ(answer.mechanism().type(), "VXLAN");
  EXPECT_EQ(Of(answer.mechanism()), (Parameters{{"src_ip", "10.0.0.1"}, {"of", "VXLAN"}}));
}

TEST_F(SwapIpTest, ARefreshIsTranslatedTheSameWay) {
  NetworkServiceRequest request;
  Parameters own{{"src_ip", "10.0.0.1"}, {"dst_ip", "203.0.113.9"}, {"vni", "5"}};
  Set(own, *request.mutable_connection()->mutable_mechanism());
  Connection answer = chain_.Request(context_, request).value();
  EXPECT_EQ(Of(end_->requests.at(0).connection().mechanism()).at("src_ip"), "198.51.100.1");
  EXPECT_EQ(Of(answer.mechanism()), own);
}

TEST_F(SwapIpTest, WhatAnotherDomainHasTranslatedPasses) {
  NetworkServiceRequest request;
  Parameters theirs{{"src_ip", "10.0.0.1"}, {"orig_src_ip", "10.0.0.2"}};
  Set(theirs, *request.add_mechanism_preferences());
  Connection answer = chain_.Request(context_, request).value();
  EXPECT_EQ(Of(end_->requests.at(0).mechanism_preferences(0)), theirs);
  EXPECT_EQ(Of(answer.mechanism()).at("orig_src_ip"), "10.0.0.2");
}

TEST_F(SwapIpTest, CloseIsTranslated) {
  Connection connection;
  Set({{"src_ip", "10.0.0.1"}}, *connection.mutable_mechanism());
  ASSERT_TRUE(chain_.Close(context_, connection).ok());
  EXPECT_EQ(Of(end_->closes.at(0).mechanism()).at("src_ip"), "198.51.100.1");
}

TEST_F(SwapIpTest, WhatGoesOutFromAnotherAddressSinceIsDown) {
  EXPECT_THAT(Down({{"of a new node", {{"src_ip", "10.0.0.2"}}},
                    {"of another node", {{"src_ip", "10.0.0.1"}}},
                    {"from another domain", {{"src_ip", "10.0.0.2"}, {"orig_src_ip", "10.9.0.1"}}},
                    {"of no node", {}}},
                   {{Ip("10.0.0.1"), Ip("198.51.100.1")}, {Ip("10.0.0.2"), Ip("198.51.100.2")}}),
              ElementsAre("of a new node"));
}

}  // namespace
}  // namespace nsm::proxy
