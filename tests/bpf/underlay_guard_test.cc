// SPDX-License-Identifier: Apache-2.0
#include "bpf/probe.h"
#include "tests/bpf/bpf_test.h"

namespace nsm::dataplane {
namespace {

class UnderlayGuard : public BpfTest {
 protected:
  absl::StatusOr<Program> Load() override { return LoadUnderlayGuard(folder, 4789); }
  void Prepare() override {
    for (const char* own : {"192.0.2.1", "192.0.2.10", "2001:db8::1"}) {
      ASSERT_TRUE(maps->own_addresses.Put(Encode(Ip(own)), 1).ok());
    }
    PutTunnel("192.0.2.2", 77, "192.0.2.1");
    PutTunnel("2001:db8::2", 78, "2001:db8::1");
  }
  void PutTunnel(const std::string& remote, uint32_t vni, const std::string& local) {
    Ingress ingress{.local = Ip(local), .index = kAttachment};
    ASSERT_TRUE(maps->ingress.Put(Encode(TunnelKey{Ip(remote), {vni}}), Encode(ingress)).ok());
  }
};

const Packet kInner = Ethernet{} / Ipv4{} / Icmp{};

TEST_F(UnderlayGuard, PassesOnLiveTunnels) {
  EXPECT_EQ(Run(Ethernet{} / Ipv4{} / Udp{} / Vxlan{.vni = 77} / Raw{"inner"}), kPassedOn);
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.option_words = 3} / Udp{} / Vxlan{.vni = 77} / Raw{"inner"}), kPassedOn);
  EXPECT_EQ(Run(Ethernet{} / Ipv6{} / Udp{} / Vxlan{.vni = 78} / Raw{"inner"}), kPassedOn);
}

TEST_F(UnderlayGuard, DropsUnknownTunnels) {
  EXPECT_EQ(Run(Ethernet{} / Ipv4{} / Udp{} / Vxlan{.vni = 76}), DroppedAs("drop_underlay_unknown"));
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.option_words = 3} / Udp{} / Vxlan{.vni = 76}),
            DroppedAs("drop_underlay_unknown"));
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.source = "192.0.2.3"} / Udp{} / Vxlan{.vni = 77}),
            DroppedAs("drop_underlay_unknown"));
  EXPECT_EQ(Run(Ethernet{} / Ipv6{} / Udp{} / Vxlan{.vni = 77}), DroppedAs("drop_underlay_unknown"));
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.more_fragments = true} / Udp{} / Vxlan{.vni = 76}),
            DroppedAs("drop_underlay_unknown"));
}

TEST_F(UnderlayGuard, DropsTunnelsToAnotherAddressOfOurs) {
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.destination = "192.0.2.10"} / Udp{} / Vxlan{.vni = 77}),
            DroppedAs("drop_underlay_wrong_local"));
}

TEST_F(UnderlayGuard, PassesOnProbesOfPeersAlone) {
  const Packet probe = Ethernet{} / Ipv4{} / Udp{} / Vxlan{.vni = NSM_PROBE_VNI} / Raw{"probe"};
  EXPECT_EQ(Run(probe), DroppedAs("drop_underlay_unknown"));
  ASSERT_TRUE(maps->peers.Put(Encode(Ip("192.0.2.2")), {}).ok());
  EXPECT_EQ(Run(probe), kPassedOn);
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.source = "192.0.2.3"} / Udp{} / Vxlan{.vni = NSM_PROBE_VNI}),
            DroppedAs("drop_underlay_unknown"));
}

TEST_F(UnderlayGuard, KeepsThatAPeerIsThere) {
  auto heard = [this] { return maps->peers.Find(Encode(Ip("192.0.2.2")))->heard; };
  const Packet packet = Ethernet{} / Ipv4{} / Udp{} / Vxlan{.vni = 77} / Raw{"inner"};
  ASSERT_TRUE(maps->traffic.PutZero(kAttachment.value).ok());
  EXPECT_EQ(Run(packet), kPassedOn) << "that no peer is known is no reason to drop";
  ASSERT_TRUE(maps->peers.Put(Encode(Ip("192.0.2.2")), {}).ok());
  EXPECT_EQ(Run(Ethernet{} / Ipv4{} / Udp{} / Vxlan{.vni = 76} / Raw{"inner"}),
            DroppedAs("drop_underlay_unknown"));
  EXPECT_EQ(heard(), 0u);
  EXPECT_EQ(Run(packet), kPassedOn);
  const uint64_t first = heard();
  EXPECT_NE(first, 0u);
  EXPECT_TRUE(Eventually([&] { return Run(packet) == kPassedOn && heard() != first; }));
}

TEST_F(UnderlayGuard, LeavesTransitAlone) {
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.destination = "192.0.2.99"} / Udp{} / Vxlan{.vni = 76}), kPassedOn);
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.destination = "192.0.2.99"} / Udp{} / Vxlan{.vni = 77}), kPassedOn)
      << "of a live tunnel's peer";
  EXPECT_EQ(Run(Ethernet{} / Ipv6{.destination = "2001:db8::99"} / Udp{} / Vxlan{.vni = 76}), kPassedOn);
}

TEST_F(UnderlayGuard, LeavesEverythingElseAlone) {
  EXPECT_EQ(Run(Ethernet{} / Ipv4{} / Udp{.destination = 4790} / Vxlan{.vni = 76}), kPassedOn);
  EXPECT_EQ(Run(Ethernet{} / Ipv4{} / Udp{.source = 4789, .destination = 53} / Raw{"dns"}), kPassedOn);
  EXPECT_EQ(Run(Ethernet{} / Ipv4{} / Icmp{}), kPassedOn);
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.protocol = 6} / Udp{} / Vxlan{.vni = 76}), kPassedOn);
  EXPECT_EQ(Run(Ethernet{} / Arp{}), kPassedOn);
  EXPECT_EQ(Run(Ethernet{.type = 0x88cc} / Raw{"lldp"}), kPassedOn);
}

TEST_F(UnderlayGuard, LeavesTaggedFramesToTheVlanDevice) {
  EXPECT_EQ(Run(Ethernet{} / Vlan{} / Ipv4{} / Udp{} / Vxlan{.vni = 76}), kPassedOn);
}

TEST_F(UnderlayGuard, LeavesWhatItCannotSeeToVxlanIngress) {
  EXPECT_EQ(Run(Ethernet{} / Ipv4{.fragment_offset = 1, .protocol = 17} / Raw{std::string(32, 0)}),
            kPassedOn);
  EXPECT_EQ(Run(Ethernet{} / Ipv6{} / Fragment6{} / Udp{} / Vxlan{.vni = 76}), kPassedOn);
  EXPECT_EQ(Run(Ethernet{} / Ipv6{} / HopByHop{} / Udp{} / Vxlan{.vni = 76}), kPassedOn);
}

TEST_F(UnderlayGuard, LeavesShortPacketsToTheKernel) {
  Packet packet = Ethernet{} / Ipv4{} / Udp{} / Vxlan{.vni = 76};
  for (size_t size : {14 + 20 + 7, 14 + 20 + 8 + 7}) EXPECT_EQ(Run(Cut(packet, size)), kPassedOn) << size;
  EXPECT_EQ(Run(packet), DroppedAs("drop_underlay_unknown"));
}

}  // namespace
}  // namespace nsm::dataplane
