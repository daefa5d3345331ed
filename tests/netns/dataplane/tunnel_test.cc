// SPDX-License-Identifier: Apache-2.0
// What a pod sees of its connection, over a tunnel and within a node.
#include "tests/netns/dataplane/rig.h"

namespace nsm::dataplane {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Tunnels : public RigTest {};

TEST_F(Tunnels, PodsPingEachOther) {
  StartBoth();
  TestNetns pod_west;
  TestNetns pod_east;
  ASSERT_EQ(west->Apply(WestSide(pod_west)), absl::OkStatus());
  ASSERT_EQ(east->Apply(EastSide(pod_east)), absl::OkStatus());
  EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
  EXPECT_TRUE(Pings(pod_east, "10.0.0.1"));
  // Full-sized packets need no fragments outside.
  EXPECT_EQ(pod_west.Shell("ping -c 1 -W 1 -M do -s 1422 10.0.0.2"), 0);
}

TEST_F(Tunnels, ThePodHasWhatItWasPromised) {
  StartBoth();
  TestNetns pod;
  pod.Output("sysctl -qw net.ipv6.conf.default.disable_ipv6=1");
  CrossConnect wanted = WestSide(pod);
  auto& attachment = std::get<Attachment>(wanted.client);
  attachment.addresses.push_back(Prefix("fd00::1/128"));
  attachment.routes.push_back({Prefix("fd00::2/128"), std::nullopt});
  attachment.routes.push_back({Prefix("10.5.0.0/16"), Ip("10.0.0.2")});
  ASSERT_EQ(west->Apply(wanted), absl::OkStatus());
  std::string link = pod.Output("ip -d link show nsm0");
  EXPECT_THAT(link, HasSubstr("UP"));
  EXPECT_THAT(link, HasSubstr("mtu 1450"));
  EXPECT_THAT(link, HasSubstr("alias client-1"));
  EXPECT_THAT(link, HasSubstr("numtxqueues 1 numrxqueues 1"));
  std::string addresses = pod.Output("ip addr show nsm0");
  EXPECT_THAT(addresses, HasSubstr("10.0.0.1/32"));
  EXPECT_THAT(addresses, HasSubstr("fd00::1/128 scope global nodad"));
  EXPECT_THAT(pod.Output("ip route"), HasSubstr("10.0.0.2 dev nsm0 proto 97 scope link metric 1000000"));
  EXPECT_THAT(pod.Output("ip route"),
              HasSubstr("10.5.0.0/16 via 10.0.0.2 dev nsm0 proto 97 metric 2000000 onlink"));
  EXPECT_THAT(pod.Output("ip -6 route"), HasSubstr("fd00::2 dev nsm0"));
  EXPECT_THAT(pod.Output("sysctl -n net.ipv4.ping_group_range"), HasSubstr("2147483647"));
}

TEST_F(Tunnels, CarriesIpv6) {
  StartBoth();
  TestNetns pod_west;
  TestNetns pod_east;
  ASSERT_EQ(west->Apply(Side(*west, *east, pod_west, "one", 77, "fd00::1", "fd00::2")), absl::OkStatus());
  ASSERT_EQ(east->Apply(Side(*east, *west, pod_east, "one", 77, "fd00::2", "fd00::1")), absl::OkStatus());
  EXPECT_TRUE(Pings(pod_west, "fd00::2"));
}

TEST_F(Tunnels, WorksOverAnIpv6Underlay) {
  west->config.tunnel_ip = Ip("2001:db8::1");
  east->config.tunnel_ip = Ip("2001:db8::2");
  StartBoth();
  TestNetns pod_west;
  TestNetns pod_east;
  ASSERT_EQ(west->Apply(WestSide(pod_west)), absl::OkStatus());
  ASSERT_EQ(east->Apply(EastSide(pod_east)), absl::OkStatus());
  EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
}

TEST_F(Tunnels, GuardedLetsOnlyNegotiatedSourcesThrough) {
  StartBoth();
  TestNetns pod_west;
  TestNetns pod_east;
  for (bool guarded : {false, true}) {
    CrossConnect wanted = WestSide(pod_west);
    wanted.guarded = guarded;
    ASSERT_EQ(west->Apply(wanted), absl::OkStatus());
    ASSERT_EQ(east->Apply(EastSide(pod_east)), absl::OkStatus());
    pod_west.Output("ip addr replace 10.0.0.99/32 dev lo");
    pod_east.Output("ip route replace 10.0.0.99/32 dev nsm0");
    EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
    EXPECT_EQ(pod_west.Shell("ping -c 1 -W 1 -I 10.0.0.99 10.0.0.2") == 0, !guarded);
  }
  EXPECT_GE(west->Counter("drop_pod_early"), 1u) << "the pod itself is told";
  // A pod can take its guard away, which is put back as long as there is somebody to do it; the node's stays.
  west->Stop();
  pod_west.Output("tc qdisc del dev nsm0 clsact");
  EXPECT_NE(pod_west.Shell("ping -c 1 -W 1 -I 10.0.0.99 10.0.0.2"), 0);
  ASSERT_EQ(west->Start(), absl::OkStatus());
  EXPECT_GE(west->Counter("drop_guard_ipv4"), 1u);
}

TEST_F(Tunnels, JoinsTwoPodsOfOneNode) {
  StartBoth();
  TestNetns client;
  TestNetns endpoint;
  CrossConnect wanted = WestSide(client);
  wanted.endpoint = AttachmentTo(endpoint, "10.0.0.2", "10.0.0.1");
  wanted.guarded = true;
  ASSERT_EQ(west->Apply(wanted), absl::OkStatus());
  EXPECT_TRUE(Pings(client, "10.0.0.2"));
  EXPECT_TRUE(Pings(endpoint, "10.0.0.1"));
}

TEST_F(Tunnels, SameVniFromTwoPeersIsNoConflict) {
  StartBoth();
  TestNetns pod_a;
  TestNetns pod_b;
  CrossConnect other = WestSide(pod_b, "two", 77);
  std::get<Tunnel>(other.endpoint).remote = Ip("192.0.2.3");
  ASSERT_EQ(west->Apply(WestSide(pod_a)), absl::OkStatus());
  EXPECT_EQ(west->Apply(other), absl::OkStatus());
}

TEST_F(Tunnels, TunnelMtuFollowsTheRoute) {
  StartBoth();
  west->netns.In([&] { EXPECT_EQ(*west->dataplane->TunnelMtu(Ip("192.0.2.2")), 1450u); });
  west->netns.In([&] { EXPECT_EQ(*west->dataplane->TunnelMtu(Ip("2001:db8::2")), 1430u); });
  west->netns.Output("ip route add 192.0.2.2/32 dev under0 mtu 1300");
  west->netns.In([&] { EXPECT_EQ(*west->dataplane->TunnelMtu(Ip("192.0.2.2")), 1250u); });
  west->netns.In([&] { EXPECT_FALSE(west->dataplane->TunnelMtu(Ip("198.51.100.1")).ok()); });
}

TEST_F(Tunnels, NothingOfThePodReachesTheNode) {
  StartBoth();
  TestNetns pod;
  ASSERT_EQ(west->Apply(WestSide(pod)), absl::OkStatus());
  // What the pod sends to anybody on its link must not be answered by the node, which routes.
  west->netns.Output("sysctl -qw net.ipv4.ip_forward=1; sysctl -qw net.ipv6.conf.all.forwarding=1");
  pod.Output("ip route add 192.0.2.1/32 dev nsm0");
  EXPECT_FALSE(Pings(pod, "192.0.2.1"));
  std::string name = west->netns.Output("ip -o link show type veth group 1853035189");
  EXPECT_THAT(name, HasSubstr("nsm"));
  EXPECT_THAT(west->netns.Output("ip -6 addr show"), Not(HasSubstr("nsm")));
}

}  // namespace
}  // namespace nsm::dataplane
