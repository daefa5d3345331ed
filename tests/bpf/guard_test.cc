// SPDX-License-Identifier: Apache-2.0
#include <linux/if_ether.h>
#include <netinet/in.h>

#include "tests/bpf/guard_fixture.h"

namespace nsm::dataplane {
namespace {

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
  const nsm_traffic traffic = SumOfTraffic(*maps, kAttachment);
  EXPECT_EQ(traffic.packets_sent, 1u);
  EXPECT_EQ(traffic.bytes_sent, kAllowed.Bytes().size());
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

// As kernels hand them over: out of the frame, and priority tags have no VLAN at all.
TEST_F(HostGuard, DropsTagsThatAreBesideTheFrame) {
  const std::pair<uint16_t, uint16_t> kTags[] = {{ETH_P_8021Q, 0}, {ETH_P_8021Q, 5}, {ETH_P_8021AD, 5}};
  for (auto [protocol, tag] : kTags) {
    for (const Packet& packet : {kAllowed, Packet(Ethernet{} / Arp{.sender = "10.0.0.1"}),
                                 Packet(Ethernet{} / Ipv6{.source = "fd00::1"} / Udp{})}) {
      EXPECT_EQ(RunAsReceived(packet, "with_vlan_tag",
                              [=](as_received_bpf& object) {
                                const_cast<uint16_t&>(object.rodata->vlan_protocol) = protocol;
                                const_cast<uint16_t&>(object.rodata->vlan_tag) = tag;
                              }),
                DroppedAs("drop_guard_vlan"));
    }
  }
}

TEST_F(HostGuard, DropsArpInOddForms) {
  EXPECT_EQ(Run(Ethernet{} / Vlan{.id = 0} / Arp{.sender = "10.0.0.1"}), DroppedAs("drop_guard_vlan"));
  for (const Arp& arp : {Arp{.sender = "10.0.0.1", .hardware = 6},  // IEEE 802, which Linux takes as well
                         Arp{.sender = "10.0.0.1", .protocol = 0x86dd},    // of IPv6
                         Arp{.sender = "10.0.0.1", .hardware_length = 8},  // the sender would be elsewhere
                         Arp{.sender = "10.0.0.1", .protocol_length = 16},
                         Arp{.sender = "10.0.0.1", .operation = 8},  // inverse ARP
                         Arp{.sender = "0.0.0.0", .hardware_length = 0}}) {
    EXPECT_EQ(Run(Ethernet{} / arp), DroppedAs("drop_guard_arp"));
  }
  // A length in place of the type, LLC and SNAP in front of ARP.
  const std::string snap("\xaa\xaa\x03\0\0\0\x08\x06", 8);
  EXPECT_EQ(Run(Ethernet{.type = 36} / Raw{snap} / Arp{.sender = "10.0.0.1"}),
            DroppedAs("drop_guard_not_ip"));
}

TEST_F(HostGuard, WhatAFrameIsItsTypeAndItsVersionSay) {
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.source = "10.0.0.1", .version = 6} / Udp{}),
            DroppedAs("drop_guard_not_ip"));
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fd00::1", .version = 4} / Udp{}),
            DroppedAs("drop_guard_not_ip"));
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

TEST_F(HostGuard, ClaimsOnlyItsOwnAddresses) {
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "::"} / Icmp6{.type = 135, .target = "fd00::2"}),
            DroppedAs("drop_guard_neighbor"));
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "::"} / Icmp6{.type = 135, .target = "fe80::1"}),
            RedirectedAs("seen_duplicate_detection"));
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "::"} / Icmp6{.type = 136, .target = "fd00::1"}),
            DroppedAs("drop_guard_ipv6"));
  // Who only asks may ask for anything.
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fd00::1"} / Icmp6{.type = 135, .target = "fd00::2"}),
            kRedirected);
  EXPECT_EQ(Run(Cut(Ethernet{} / Ipv6{.source = "fd00::1"} / Icmp6{.type = 136, .target = "fd00::1"},
                    14 + 40 + 23)),
            DroppedAs("drop_guard_short"));
}

const uint8_t kExtensions[] = {IPPROTO_HOPOPTS,
                               IPPROTO_ROUTING,
                               IPPROTO_DSTOPTS,
                               IPPROTO_MH,
                               IPPROTO_AH,
                               139 /* HIP */,
                               140 /* Shim6 */};

TEST_F(HostGuard, FindsTheMessageBehindExtensionHeaders) {
  for (uint8_t protocol : kExtensions) {
    for (size_t size : {8, 16, 64}) {
      const Packet headers =
          Ethernet{} / Ipv6{.source = "fd00::1"} / Extension6{.protocol = protocol, .size = size};
      EXPECT_EQ(Run(headers / Icmp6{.type = 136, .target = "fd00::2"}), DroppedAs("drop_guard_neighbor"));
      EXPECT_EQ(Run(headers / Icmp6{.type = 136, .target = "fd00::1"}), kRedirected);
      EXPECT_EQ(Run(headers / Icmp6{.type = 134}), DroppedAs("drop_guard_router"));
      EXPECT_EQ(Run(headers / Udp{}), kRedirected);
      const Packet link_local =
          Ethernet{} / Ipv6{.source = "fe80::1"} / Extension6{.protocol = protocol, .size = size};
      EXPECT_EQ(Run(link_local / Icmp6{.type = 136, .target = "fd00::2"}), DroppedAs("drop_guard_neighbor"));
      EXPECT_EQ(Run(link_local / HopByHop{} / Icmp6{.type = 131}), RedirectedAs("seen_multicast_listener"));
      EXPECT_EQ(Run(link_local / Udp{}), DroppedAs("drop_guard_ipv6"));
    }
  }
}

TEST_F(HostGuard, WalksAtMostEightExtensionHeaders) {
  Packet packet = Ethernet{} / Ipv6{.source = "fd00::1"} / HopByHop{};
  for (int i = 1; i < 8; ++i) packet = packet / Extension6{};
  EXPECT_EQ(Run(packet / Udp{}), kRedirected);
  EXPECT_EQ(Run(packet / Icmp6{.type = 136, .target = "fd00::2"}), DroppedAs("drop_guard_neighbor"));
  EXPECT_EQ(Run(packet / Extension6{} / Udp{}), DroppedAs("drop_guard_extension"));
  EXPECT_EQ(Run(packet / Fragment6{} / Udp{}), DroppedAs("drop_guard_extension"));
  EXPECT_EQ(Run(Cut(packet, 14 + 40 + 8 * 8 - 1)), DroppedAs("drop_guard_short"));
}

// What follows in the frame is cut off by who receives it, and may be in another fragment instead.
TEST_F(HostGuard, ThePacketEndsWhereItSays) {
  const Ipv6 own{.source = "fd00::1", .payload_length = 16};
  EXPECT_EQ(Run(Ethernet{} / own / Fragment6{} / Extension6{} / Extension6{} / Udp{}),
            DroppedAs("drop_guard_short"));
  EXPECT_EQ(Run(Ethernet{} / own / Extension6{} / Extension6{} / Udp{}), kRedirected);
  EXPECT_EQ(Run(Ethernet{} / own / Icmp6{.type = 136, .target = "fd00::1"}), DroppedAs("drop_guard_short"));
  const Ipv6 jumbo{.source = "fd00::1", .payload_length = 0};
  EXPECT_EQ(Run(Ethernet{} / jumbo / HopByHop{} / Udp{}), kRedirected);
  EXPECT_EQ(Run(Ethernet{} / jumbo / HopByHop{} / Icmp6{.type = 136, .target = "fd00::2"}),
            DroppedAs("drop_guard_neighbor"));
  EXPECT_EQ(Run(Ethernet{} / jumbo / Extension6{} / Udp{}), DroppedAs("drop_guard_short"));
}

TEST_F(HostGuard, NoLinkMessageComesInFragments) {
  const Packet own = Ethernet{} / Ipv6{.source = "fd00::1"};
  for (const Fragment6& fragment : {Fragment6{}, Fragment6{.more = false}}) {
    for (uint8_t type : {131, 133, 135, 136, 143}) {
      EXPECT_EQ(Run(own / fragment / Icmp6{.type = type, .target = "fd00::1"}),
                DroppedAs("drop_guard_fragment"));
      EXPECT_EQ(Run(own / Extension6{} / fragment / Extension6{} / Icmp6{.type = type, .target = "fd00::1"}),
                DroppedAs("drop_guard_fragment"));
    }
    EXPECT_EQ(Run(own / fragment / Icmp6{}), kRedirected);
    EXPECT_EQ(Run(own / fragment / Udp{}), kRedirected);
    EXPECT_EQ(Run(Cut(own / fragment / Icmp6{}, 14 + 40 + 8 + 7)), DroppedAs("drop_guard_short"));
  }
  // Bytes in the middle of a message are none, whatever they look like.
  EXPECT_EQ(Run(own / Fragment6{.offset = 1} / Icmp6{.type = 136, .target = "fd00::2"}), kRedirected);
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fe80::1"} / Fragment6{.offset = 1} / Icmp6{.type = 143}),
            DroppedAs("drop_guard_ipv6"));
}

TEST_F(HostGuard, NobodyIsARouter) {
  Allow("::/0");
  for (const char* source : {"fd00::1", "fe80::1"}) {
    for (uint8_t type : {130, 134, 137}) {
      EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = source} / Icmp6{.type = type}),
                DroppedAs("drop_guard_router"));
    }
  }
}

TEST_F(HostGuard, NeighborDiscoveryIsFromThisLink) {
  for (const char* source : {"fd00::1", "fe80::1"}) {
    for (uint8_t type : {133, 135, 136}) {
      EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = source, .hop_limit = 254} /
                    Icmp6{.type = type, .target = "fd00::1"}),
                DroppedAs("drop_guard_hop_limit"));
    }
  }
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fe80::1", .hop_limit = 1} / HopByHop{} / Icmp6{.type = 143}),
            RedirectedAs("seen_multicast_listener"));
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

TEST_F(PodGuard, LeavesCountingOfWhatPassesToTheHostGuard) {
  EXPECT_EQ(Run(Ethernet{} / Arp{.sender = "0.0.0.0"}), kPassedOn);
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fe80::1"} / Icmp6{.type = 133}), kPassedOn);
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.source = "fe80::1"} / HopByHop{} / Icmp6{.type = 143}), kPassedOn);
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
