// SPDX-License-Identifier: Apache-2.0
// A namespace with a cable between two devices, a and b, both up; the test runs in it. What a verb writes is
// compared with what is dumped, for IPv4 and IPv6.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "src/core/ip_address.h"
#include "src/netlink/link.h"
#include "src/netlink/netns.h"
#include "src/netlink/socket.h"
#include "tests/harness/ip.h"
#include "tests/harness/netns.h"

namespace nsm::netlink {

class NetlinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    NSM_REQUIRE_PRIVILEGE();
    netns_ = std::make_unique<testing::TestNetns>();
    Output("ip link add dev a type veth peer name b && ip link set dev a up && ip link set dev b up");
    auto netns = Netns::Open(netns_->path());
    ASSERT_TRUE(netns.ok()) << netns.status();
    auto scope = NetnsScope::Enter(*netns);
    ASSERT_TRUE(scope.ok()) << scope.status();
    inside_.emplace(*std::move(scope));
    auto socket = Socket::Open();
    ASSERT_TRUE(socket.ok()) << socket.status();
    socket_.emplace(*std::move(socket));
    a_ = IndexOf("a");
  }

  std::string Output(const std::string& command) const { return netns_->Output(command); }
  Socket& socket() { return *socket_; }
  Ifindex IndexOf(const std::string& name) {
    auto link = GetLink(socket(), name);
    EXPECT_TRUE(link.ok()) << link.status();
    return link.ok() ? link->index : Ifindex{};
  }
  // Of a link that has been there.
  Ifindex GoneLink() {
    Output("ip link add dev gone type veth peer name gone-too");
    Ifindex index = IndexOf("gone");
    Output("ip link del dev gone");
    return index;
  }

  std::unique_ptr<testing::TestNetns> netns_;
  std::optional<NetnsScope> inside_;
  std::optional<Socket> socket_;
  Ifindex a_;
};

// Values of one address family.
struct Family {
  std::string name;
  IpPrefix address;        // of an interface
  IpPrefix other_address;  // in the same prefix
  IpAddress neighbor;
  IpPrefix remote;  // reached by a route
  IpAddress unreachable_gateway;
  IpPrefix everything;
};

inline const Family kV4{
    "IPv4",           Prefix("10.0.0.1/24"), Prefix("10.0.0.9/24"), Ip("10.0.0.2"), Prefix("10.1.0.0/16"),
    Ip("172.16.0.1"), Prefix("0.0.0.0/0")};
inline const Family kV6{"IPv6",        Prefix("fd00::1/64"), Prefix("fd00::9/64"),
                        Ip("fd00::2"), Prefix("fd01::/64"),  Ip("fd77::1"),
                        Prefix("::/0")};

// gtest's parameter is a pointer, so that nothing is copied while programs start.
class FamilyTest : public NetlinkTest, public ::testing::WithParamInterface<const Family*> {
 protected:
  const Family& family() const { return *GetParam(); }
};

inline auto BothFamilies() { return ::testing::Values(&kV4, &kV6); }
inline std::string FamilyName(const ::testing::TestParamInfo<const Family*>& info) {
  return info.index == 0 ? "IPv4" : "IPv6";
}

}  // namespace nsm::netlink
