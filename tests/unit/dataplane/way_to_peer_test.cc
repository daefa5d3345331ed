// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/way_to_peer.h"

#include <gtest/gtest.h>
#include <net/if_arp.h>

#include "src/dataplane/maps.h"
#include "src/dataplane/record.h"
#include "tests/harness/ip.h"

namespace nsm::dataplane {
namespace {

class LeadToTest : public ::testing::Test {
 protected:
  LeadToTest() {
    way.route = {.index = {3}, .next_hop = std::nullopt, .mtu = std::nullopt, .is_plain = true};
    way.link.index = {3};
    way.link.mtu = 1500;
    way.link.type = ARPHRD_ETHER;
    way.link.up = true;
  }
  nsm_peer Lead() const { return LeadTo(remote, needs, way, /*may=*/true); }

  IpAddress remote = Ip("192.0.2.2");
  PeerNeeds needs{.promised = 1450, .answers = true};
  WayToPeer way;
};

TEST_F(LeadToTest, OverEthernetIsFast) {
  EXPECT_EQ(Lead().ifindex, 3u);
  EXPECT_EQ(Lead().mtu, 1500u);
  EXPECT_EQ(Lead().narrow, 0u);
  EXPECT_EQ(Lead().heard + Lead().answered, 0u);
}

TEST_F(LeadToTest, GoesToThePeerOrToAGateway) {
  EXPECT_EQ(Decode(Lead().next_hop), remote);
  for (const char* gateway : {"192.0.2.254", "fe80::1"}) {
    way.route.next_hop = Ip(gateway);
    EXPECT_EQ(Decode(Lead().next_hop), Ip(gateway));
  }
}

TEST_F(LeadToTest, IsAsNarrowAsRouteOrDevice) {
  way.route.mtu = 1400;
  EXPECT_EQ(Lead().mtu, 1400u);
  EXPECT_EQ(Lead().narrow, 1350u) << "less than was promised";
  way.route.mtu = 9000;
  EXPECT_EQ(Lead().mtu, 1500u);
  EXPECT_EQ(Lead().narrow, 0u);
  remote = Ip("2001:db8::2");
  EXPECT_EQ(Lead().narrow, 1430u) << "its header is longer";
  way.route.mtu = 60;
  EXPECT_EQ(Lead().narrow, 0u) << "nothing fits, so there is nothing to be told";
}

TEST_F(LeadToTest, OnlyTheDeviceLeadsElsewhere) {
  auto is_slow = [this](auto change) {
    auto before = std::pair(remote, way);
    change();
    const bool slow = Lead().ifindex == 0;
    std::tie(remote, way) = before;
    return slow;
  };
  EXPECT_TRUE(is_slow([this] { remote = Ip("2001:db8::2"); })) << "not yet";
  EXPECT_TRUE(is_slow([this] { way.route.is_plain = false; })) << "to this node, or through something";
  EXPECT_TRUE(is_slow([this] { way.link.type = ARPHRD_NONE; })) << "WireGuard";
  EXPECT_TRUE(is_slow([this] { way.link.up = false; }));
  EXPECT_TRUE(is_slow([this] { way.link.index = {kFirstIndex + 1}; })) << "to a pod";
  EXPECT_NE(Lead().ifindex, 0u);
}

TEST_F(LeadToTest, NarrowCountsWhereTheFastPathMayNotLead) {
  way.route.mtu = 1400;
  const nsm_peer peer = LeadTo(remote, needs, way, /*may=*/false);
  EXPECT_EQ(peer.ifindex, 0u);
  EXPECT_EQ(peer.narrow, 1350u);
  const nsm_peer unreachable = LeadTo(remote, needs, std::nullopt, /*may=*/true);
  EXPECT_EQ(unreachable.ifindex, 0u);
  EXPECT_EQ(unreachable.narrow, 0u);
}

}  // namespace
}  // namespace nsm::dataplane
