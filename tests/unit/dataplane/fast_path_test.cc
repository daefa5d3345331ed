// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/fast_path.h"

#include <gtest/gtest.h>
#include <net/if_arp.h>

#include "src/dataplane/maps.h"
#include "src/dataplane/record.h"
#include "tests/harness/ip.h"

namespace nsm::dataplane {
namespace {

class FastPathToTest : public ::testing::Test {
 protected:
  FastPathToTest() {
    way.route = {.index = {3}, .next_hop = std::nullopt, .mtu = std::nullopt, .is_plain = true};
    way.link.index = {3};
    way.link.mtu = 1500;
    way.link.type = ARPHRD_ETHER;
    way.link.up = true;
  }
  std::optional<nsm_path> Path() const { return FastPathTo(remote, way); }

  IpAddress remote = Ip("192.0.2.2");
  WayToPeer way;
};

TEST_F(FastPathToTest, LeadsOverEthernet) {
  ASSERT_TRUE(Path().has_value());
  EXPECT_EQ(Path()->ifindex, 3u);
  EXPECT_EQ(Path()->mtu, 1500u);
}

TEST_F(FastPathToTest, GoesToThePeerOrToAGateway) {
  EXPECT_EQ(Decode(Path()->next_hop), remote);
  for (const char* gateway : {"192.0.2.254", "fe80::1"}) {
    way.route.next_hop = Ip(gateway);
    EXPECT_EQ(Decode(Path()->next_hop), Ip(gateway));
  }
}

TEST_F(FastPathToTest, IsAsNarrowAsRouteOrDevice) {
  way.route.mtu = 1400;
  EXPECT_EQ(Path()->mtu, 1400u);
  way.route.mtu = 9000;
  EXPECT_EQ(Path()->mtu, 1500u);
}

TEST_F(FastPathToTest, LeadsNowhereElse) {
  auto is_none = [this](auto change) {
    auto before = std::pair(remote, way);
    change();
    const bool none = !Path().has_value();
    std::tie(remote, way) = before;
    return none;
  };
  EXPECT_TRUE(is_none([this] { remote = Ip("2001:db8::2"); })) << "not yet";
  EXPECT_TRUE(is_none([this] { way.route.is_plain = false; })) << "to this node, or through something";
  EXPECT_TRUE(is_none([this] { way.link.type = ARPHRD_NONE; })) << "WireGuard";
  EXPECT_TRUE(is_none([this] { way.link.up = false; }));
  EXPECT_TRUE(is_none([this] { way.link.index = {kFirstIndex + 1}; })) << "to a pod";
  EXPECT_TRUE(Path().has_value());
}

}  // namespace
}  // namespace nsm::dataplane
