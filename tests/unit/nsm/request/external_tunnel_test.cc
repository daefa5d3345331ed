// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/external_tunnel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/ip.h"
#include "tests/harness/tunnel_addresses.h"

namespace nsm {
namespace {

using testing::ElementsAre;

class ExternalTunnelTest : public TunnelAddressesTest<ExternalTunnel> {
 protected:
  ExternalTunnelTest()
      : TunnelAddressesTest({{Ip("10.0.0.2"), Ip("203.0.113.2")}}, {{"dst_ip", "10.0.0.2"}}) {}
};

TEST_F(ExternalTunnelTest, AnotherDomainSeesTheExternalAddress) {
  NetworkServiceRequest request;
  Set({{"src_ip", "198.51.100.1"}, {"orig_src_ip", "10.0.0.2"}}, *request.add_mechanism_preferences());
  Connection answer = chain_.Request(context_, request).value();
  EXPECT_EQ(Of(answer.mechanism()), (Parameters{{"src_ip", "198.51.100.1"},
                                                {"orig_src_ip", "10.0.0.2"},
                                                {"dst_ip", "203.0.113.2"},
                                                {"orig_dst_ip", "10.0.0.2"}}));
}

TEST_F(ExternalTunnelTest, AnyOfSeveralPreferencesMayBeChosen) {
  end_->answer = [this](Connection connection) {
    *connection.mutable_mechanism() = end_->requests.back().mechanism_preferences(1);
    Set(added_, *connection.mutable_mechanism());
    return connection;
  };
  NetworkServiceRequest request;
  for (const char* type : {"WIREGUARD", "VXLAN"}) {
    Mechanism& preference = *request.add_mechanism_preferences();
    preference.set_type(type);
    Set({{"src_ip", "198.51.100.1"}, {"orig_src_ip", "10.0.0.2"}, {"dst_ip", ""}}, preference);
  }
  Connection answer = chain_.Request(context_, request).value();
  const auto& arrived = end_->requests.at(0).mechanism_preferences();
  ASSERT_EQ(arrived.size(), 2);
  EXPECT_EQ(arrived[0].type() + " " + arrived[1].type(), "WIREGUARD VXLAN");
  for (const Mechanism& preference : arrived) EXPECT_FALSE(preference.parameters().contains("dst_ip"));
  EXPECT_EQ(Of(answer.mechanism()).at("dst_ip"), "203.0.113.2");
  EXPECT_EQ(Of(answer.mechanism()).at("orig_dst_ip"), "10.0.0.2");
}

TEST_F(ExternalTunnelTest, ARefreshGivesTheForwarderAFreeHand) {
  NetworkServiceRequest request;
  Set({{"src_ip", "198.51.100.1"},
       {"orig_src_ip", "10.0.0.2"},
       {"dst_ip", "203.0.113.2"},
       {"orig_dst_ip", "10.0.0.2"}},
      *request.mutable_connection()->mutable_mechanism());
  Connection answer = chain_.Request(context_, request).value();
  EXPECT_EQ(Of(end_->requests[0].connection().mechanism()),
            (Parameters{{"src_ip", "198.51.100.1"}, {"orig_src_ip", "10.0.0.2"}}));
  EXPECT_EQ(Of(answer.mechanism()).at("dst_ip"), "203.0.113.2");
  EXPECT_EQ(Of(answer.mechanism()).at("orig_dst_ip"), "10.0.0.2");
}

TEST_F(ExternalTunnelTest, AnAddressWithoutMappingStays) {
  added_ = {{"dst_ip", "10.0.0.9"}};
  NetworkServiceRequest request;
  Set({{"src_ip", "198.51.100.1"}, {"orig_src_ip", "10.0.0.2"}}, *request.add_mechanism_preferences());
  EXPECT_EQ(Of(chain_.Request(context_, request).value().mechanism()).at("dst_ip"), "10.0.0.9");
}

TEST_F(ExternalTunnelTest, OurOwnDomainStaysInternal) {
  NetworkServiceRequest request;
  Set({{"src_ip", "10.0.0.1"}, {"dst_ip", "10.0.0.2"}}, *request.add_mechanism_preferences());
  Connection answer = chain_.Request(context_, request).value();
  EXPECT_EQ(Of(answer.mechanism()), (Parameters{{"src_ip", "10.0.0.1"}, {"dst_ip", "10.0.0.2"}}));
  EXPECT_EQ(Of(end_->requests[0].mechanism_preferences(0)), Of(answer.mechanism()));
}

TEST_F(ExternalTunnelTest, TranslatesOnlyOnce) {
  // With --advertise=proxy both our proxy and the NSMgr behind it have this element.
  Chain chain;
  chain.Add<ExternalTunnel>(addresses_, monitor_);
  chain.Add<ExternalTunnel>(addresses_, monitor_);
  auto& end = chain.Add<ChainEnd>();
  end.answer = [](Connection connection) {
    Set({{"orig_src_ip", "10.0.0.2"}, {"dst_ip", "10.0.0.2"}}, *connection.mutable_mechanism());
    return connection;
  };
  NetworkServiceRequest request;
  Set({{"orig_src_ip", "10.0.0.2"}}, *request.add_mechanism_preferences());
  EXPECT_EQ(Of(chain.Request(context_, request).value().mechanism()).at("orig_dst_ip"), "10.0.0.2");
}

TEST_F(ExternalTunnelTest, CloseSpeaksOfTheForwardersOwnAddress) {
  const Parameters agreed{{"dst_ip", "203.0.113.2"}, {"orig_dst_ip", "10.0.0.2"}};
  Connection connection;
  Set(agreed, *connection.mutable_mechanism());
  ASSERT_TRUE(chain_.Close(context_, connection).ok());
  EXPECT_EQ(Of(end_->closes.at(0).mechanism()), agreed)
      << "ours is the client's domain: these are the other's";
  Set({{"orig_src_ip", "10.0.0.9"}}, *connection.mutable_mechanism());
  ASSERT_TRUE(chain_.Close(context_, connection).ok());
  EXPECT_EQ(Of(end_->closes.at(1).mechanism()),
            (Parameters{{"dst_ip", "10.0.0.2"}, {"orig_src_ip", "10.0.0.9"}}));
}

TEST_F(ExternalTunnelTest, WhatIsReachedAtAnotherAddressSinceIsDown) {
  const auto reached_at = [](const std::string& internal, const std::string& external) {
    return Parameters{{"src_ip", "198.51.100.1"}, {"orig_dst_ip", internal}, {"dst_ip", external}};
  };
  EXPECT_THAT(Down({{"at a new node", reached_at("10.0.0.3", "10.0.0.3")},
                    {"at another node", reached_at("10.0.0.2", "203.0.113.2")},
                    {"of our own domain", {{"src_ip", "10.0.0.3"}, {"dst_ip", "10.0.0.3"}}}},
                   {{Ip("10.0.0.2"), Ip("203.0.113.2")}, {Ip("10.0.0.3"), Ip("203.0.113.3")}}),
              ElementsAre("at a new node"));
}

}  // namespace
}  // namespace nsm
