// SPDX-License-Identifier: Apache-2.0
#include "tests/bpf/bpf_test.h"

namespace nsm::dataplane {
namespace {

const Egress kToTunnel{
    .to = Tunnel{.local = Ip("192.0.2.1"), .remote = Ip("192.0.2.2"), .port = 4789, .vni = {77}},
    .payload = Payload::kEthernet,
    .guarded = true};

class HostGuard : public BpfTest {
 protected:
  absl::StatusOr<Program> Load() override { return LoadHostGuard(folder); }
  void Prepare() override {
    SetDevice(42);
    Put(kToTunnel);
    for (const char* text : {"10.0.0.1/32", "10.1.0.0/16", "fd00::1/128", "fd01::/64"}) Allow(text);
  }
  void SetDevice(uint32_t ifindex) {
    nsm_node node{};
    node.vxlan_ifindex = ifindex;
    ASSERT_TRUE(maps->node.Put(0, node).ok());
  }
  void Put(const Egress& egress) { ASSERT_TRUE(maps->egress.Put(kAttachment.value, Encode(egress)).ok()); }
  void Allow(const std::string& prefix, Ifindex attachment = kAttachment) {
    ASSERT_TRUE(maps->allowed_sources.Put(EncodeSource(attachment, *IpPrefix::Parse(prefix)), 1).ok());
  }
};

const Packet kAllowed = Ethernet{} / Ipv4{.source = "10.0.0.1", .destination = "10.0.0.2"} / Icmp{};

TEST_F(HostGuard, SendsAllowedIntoTheTunnel) {
  EXPECT_EQ(Run(kAllowed), kRedirected);
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.source = "10.1.2.3"} / Udp{}), kRedirected);
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fd00::1"} / Udp{}), kRedirected);
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fd01::7"} / Icmp6{}), kRedirected);
}

TEST_F(HostGuard, LetsNoArpIntoATunnelOfPayloadIp) {
  const Packet arp = Ethernet{} / Arp{.sender = "10.0.0.1"};
  EXPECT_EQ(Run(arp), kRedirected);
  Egress egress = kToTunnel;
  egress.payload = Payload::kIp;
  Put(egress);
  EXPECT_EQ(Run(arp), DroppedAs("drop_guard_not_ip"));
  EXPECT_EQ(Run(kAllowed), kRedirected);
}

TEST_F(HostGuard, SendsOverAnIpv6Underlay) {
  Egress egress = kToTunnel;
  egress.to = Tunnel{.local = Ip("2001:db8::1"), .remote = Ip("2001:db8::2"), .port = 4789, .vni = {77}};
  Put(egress);
  EXPECT_EQ(Run(kAllowed), kRedirected);
}

TEST_F(HostGuard, SendsToTheOtherAttachment) {
  Egress egress = kToTunnel;
  egress.to = Ifindex{43};
  Put(egress);
  SetDevice(0);
  EXPECT_EQ(Run(kAllowed), kRedirected);
}

TEST_F(HostGuard, CountsWhatItSends) {
  ASSERT_TRUE(maps->traffic.PutZero(kAttachment.value).ok());
  EXPECT_EQ(Run(kAllowed), kRedirected);
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.source = "10.0.0.7"} / Icmp{}), DroppedAs("drop_guard_ipv4"));
  uint64_t packets = 0;
  uint64_t bytes = 0;
  for (const nsm_traffic& part : maps->traffic.Find(kAttachment.value)) {
    packets += part.packets_sent;
    bytes += part.bytes_sent;
  }
  EXPECT_EQ(packets, 1u);
  EXPECT_EQ(bytes, kAllowed.Bytes().size());
}

TEST_F(HostGuard, DropsWithoutCrossConnect) {
  ASSERT_TRUE(maps->egress.Remove(kAttachment.value).ok());
  EXPECT_EQ(Run(kAllowed), DroppedAs("drop_host_unknown"));
}

TEST_F(HostGuard, DropsWithoutDevice) {
  SetDevice(0);
  EXPECT_EQ(Run(kAllowed), DroppedAs("drop_host_no_device"));
}

TEST_F(HostGuard, DropsSourcesThatWereNotNegotiated) {
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.source = "10.0.0.2"} / Icmp{}), DroppedAs("drop_guard_ipv4"));
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.source = "0.0.0.0"} / Udp{}), DroppedAs("drop_guard_ipv4"));
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fd00::2"} / Udp{}), DroppedAs("drop_guard_ipv6"));
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fe80::1"} / Udp{}), DroppedAs("drop_guard_ipv6"));
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "::ffff:10.0.0.1"} / Udp{}), DroppedAs("drop_guard_ipv6"));
  EXPECT_EQ(Run(Ethernet{} / Arp{.sender = "10.0.0.2"}), DroppedAs("drop_guard_arp"));
  EXPECT_EQ(Run(Ethernet{} / Arp{.sender = "10.0.0.2", .operation = 2}), DroppedAs("drop_guard_arp"));
  EXPECT_EQ(Run(Ethernet{} / Arp{.sender = "0.0.0.0", .operation = 2}), DroppedAs("drop_guard_arp"));
}

TEST_F(HostGuard, SourcesOfAnotherAttachmentDoNotCount) {
  Allow("10.9.0.0/16", {2});
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.source = "10.9.0.1"} / Icmp{}), DroppedAs("drop_guard_ipv4"));
}

TEST_F(HostGuard, EverySourceOfOneFamilyAllowsNoneOfTheOther) {
  Allow("::/0");
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.source = "10.0.0.7"} / Icmp{}), DroppedAs("drop_guard_ipv4"));
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "2001:db8::7"} / Udp{}), kRedirected);
  Allow("0.0.0.0/0");
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.source = "10.0.0.7"} / Icmp{}), kRedirected);
}

TEST_F(HostGuard, FragmentsAreJudgedByTheirSource) {
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.source = "10.0.0.1", .fragment_offset = 100} / Raw{"rest"}), kRedirected);
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.source = "10.0.0.7", .fragment_offset = 100} / Raw{"rest"}),
            DroppedAs("drop_guard_ipv4"));
}

TEST_F(HostGuard, DropsWhatItCannotJudge) {
  EXPECT_EQ(Run(Ethernet{} / Vlan{} / Ipv4{.source = "10.0.0.1"} / Icmp{}), DroppedAs("drop_guard_vlan"));
  EXPECT_EQ(Run(Ethernet{.type = 0x88a8} / Raw{std::string(40, 0)}), DroppedAs("drop_guard_vlan"));
  EXPECT_EQ(Run(Ethernet{.type = 0x88cc} / Raw{"lldp"}), DroppedAs("drop_guard_not_ip"));
  EXPECT_EQ(Run(Ethernet{.type = 0x8847} / Raw{"mpls"}), DroppedAs("drop_guard_not_ip"));
}

// The kernel makes no test run of a packet whose IP header is cut off.
TEST_F(HostGuard, DropsShortPackets) {
  EXPECT_EQ(Run(Cut(Ethernet{} / Arp{.sender = "10.0.0.1"}, 14 + 27)), DroppedAs("drop_guard_short"));
  EXPECT_EQ(Run(Cut(Ethernet{} / Ipv6{.source = "fe80::1"} / Icmp6{.type = 135}, 14 + 40 + 7)),
            DroppedAs("drop_guard_short"));
}

TEST_F(HostGuard, LetsThroughWhatALinkNeedsAndCountsItApart) {
  EXPECT_EQ(Run(Ethernet{} / Arp{.sender = "0.0.0.0"}), RedirectedAs("seen_duplicate_detection"));
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "::"} / Icmp6{.type = 135, .target = "fd00::1"}),
            RedirectedAs("seen_duplicate_detection"));
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fe80::1"} / Icmp6{.type = 135, .target = "fd00::9"}),
            RedirectedAs("seen_neighbor_discovery"));
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fe80::1"} / Icmp6{.type = 133}),
            RedirectedAs("seen_neighbor_discovery"));
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fe80::1"} / Icmp6{.type = 136, .target = "fe80::1"}),
            RedirectedAs("seen_neighbor_discovery"));
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fe80::1"} / HopByHop{} / Icmp6{.type = 143}),
            RedirectedAs("seen_multicast_listener"));
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "::"} / HopByHop{} / Icmp6{.type = 143}),
            RedirectedAs("seen_multicast_listener"));
}

TEST_F(HostGuard, LinkLocalIsNoWayRoundTheGuard) {
  for (uint8_t type : {128, 134, 137}) {  // echo, router advertisement, redirect
    EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fe80::1"} / Icmp6{.type = type}),
              DroppedAs("drop_guard_ipv6"));
  }
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fe80::1"} / HopByHop{} / Icmp6{.type = 134}),
            DroppedAs("drop_guard_ipv6"));
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fe80::1"} / HopByHop{} / Udp{}), DroppedAs("drop_guard_ipv6"));
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fe80::1"} / Fragment6{} / Icmp6{.type = 136}),
            DroppedAs("drop_guard_ipv6"));
}

TEST_F(HostGuard, AdvertisesOnlyItsOwnAddresses) {
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fd00::1"} / Icmp6{.type = 136, .target = "fd00::1"}),
            kRedirected);
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fd00::1"} / Icmp6{.type = 136, .target = "fd00::2"}),
            DroppedAs("drop_guard_neighbor"));
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fe80::1"} / Icmp6{.type = 136, .target = "fd00::2"}),
            DroppedAs("drop_guard_neighbor"));
}

TEST_F(HostGuard, UnguardedIsATransparentWire) {
  Egress egress = kToTunnel;
  egress.guarded = false;
  Put(egress);
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.source = "10.0.0.7"} / Icmp{}), kRedirected);
  EXPECT_EQ(Run(Ethernet{} / Vlan{} / Ipv4{} / Icmp{}), kRedirected);
  EXPECT_EQ(Run(Ethernet{.type = 0x88cc} / Raw{"lldp"}), kRedirected);
}

class PodGuard : public HostGuard {
 protected:
  absl::StatusOr<Program> Load() override { return LoadPodGuard(folder); }
};

TEST_F(PodGuard, DropsEarlyWhatTheHostGuardWouldDrop) {
  EXPECT_EQ(Run(kAllowed), kPassedOn);
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.source = "10.0.0.7"} / Icmp{}), DroppedAs("drop_pod_early"));
}

TEST_F(PodGuard, LeavesTheRestToTheHostGuard) {
  Egress egress = kToTunnel;
  egress.guarded = false;
  Put(egress);
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.source = "10.0.0.7"} / Icmp{}), kPassedOn);
  ASSERT_TRUE(maps->egress.Remove(kAttachment.value).ok());
  EXPECT_EQ(Run(kAllowed), kPassedOn);
}

}  // namespace
}  // namespace nsm::dataplane
