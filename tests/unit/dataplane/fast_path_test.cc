// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/fast_path.h"

#include <gtest/gtest.h>
#include <net/if_arp.h>

#include "src/dataplane/record.h"
#include "tests/harness/ip.h"

namespace nsm::dataplane {
namespace {

class FastPathToTest : public ::testing::Test {
 protected:
  FastPathToTest() {
    link.index = {3};
    link.mtu = 1500;
    link.type = ARPHRD_ETHER;
    link.up = true;
  }
  std::optional<nsm_path> Path() const { return FastPathTo(remote, route, link); }

  IpAddress remote = Ip("192.0.2.2");
  netlink::RouteLookup route{.index = {3}, .mtu = std::nullopt, .is_plain = true};
  netlink::Link link;
};

TEST_F(FastPathToTest, LeadsOverEthernet) {
  ASSERT_TRUE(Path().has_value());
  EXPECT_EQ(Path()->ifindex, 3u);
  EXPECT_EQ(Path()->mtu, 1500u);
}

TEST_F(FastPathToTest, IsAsNarrowAsRouteOrDevice) {
  route.mtu = 1400;
  EXPECT_EQ(Path()->mtu, 1400u);
  route.mtu = 9000;
  EXPECT_EQ(Path()->mtu, 1500u);
}

TEST_F(FastPathToTest, LeadsNowhereElse) {
  auto is_none = [this](auto change) {
    auto before = std::tuple(remote, route, link);
    change();
    const bool none = !Path().has_value();
    std::tie(remote, route, link) = before;
    return none;
  };
  EXPECT_TRUE(is_none([this] { remote = Ip("2001:db8::2"); })) << "not yet";
  EXPECT_TRUE(is_none([this] { route.is_plain = false; })) << "to this node, or through something";
  EXPECT_TRUE(is_none([this] { link.type = ARPHRD_NONE; })) << "WireGuard";
  EXPECT_TRUE(is_none([this] { link.up = false; }));
  EXPECT_TRUE(is_none([this] { link.index = {kFirstIndex + 1}; })) << "to a pod";
  EXPECT_TRUE(Path().has_value());
}

}  // namespace
}  // namespace nsm::dataplane
