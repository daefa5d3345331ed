// SPDX-License-Identifier: Apache-2.0
// The fast path into a pod: what underlay guard takes off, and what it leaves to the VXLAN device.
#include "tests/bpf/bpf_test.h"

namespace nsm::dataplane {
namespace {

class Decapsulate : public BpfTest {
 protected:
  absl::StatusOr<Program> Load() override { return LoadUnderlayGuard(folder, 4789); }
  void Prepare() override {
    tells_paths = true;
    ASSERT_TRUE(maps->own_addresses.Put(Encode(Ip("192.0.2.1")), 1).ok());
    ASSERT_TRUE(maps->own_addresses.Put(Encode(Ip("192.0.2.10")), 1).ok());
    Ingress ingress{.local = Ip("192.0.2.1"), .index = kAttachment};
    ASSERT_TRUE(maps->ingress.Put(Encode(TunnelKey{peer, {77}}), Encode(ingress)).ok());
    ASSERT_TRUE(maps->traffic.PutZero(kAttachment.value).ok());
    PutPath({1});
  }
  void PutPath(Ifindex device) {
    nsm_peer path{};
    path.ifindex = device.value;
    path.mtu = 1500;
    ASSERT_TRUE(maps->peers.Put(Encode(peer), path).ok());
  }
  // As one that is for this node; test runs take place on the loopback device.
  static Packet Outer(const Ipv4& ip, const Udp& udp, const Packet& frame) {
    Packet packet = Ethernet{.destination = "00:00:00:00:00:00"} / ip / udp / Vxlan{.vni = 77};
    const std::vector<uint8_t> bytes = frame.Bytes();
    return packet / Raw{std::string(bytes.begin(), bytes.end())};
  }
  Packet Outer(const Packet& frame) const { return Outer(Ipv4{}, Udp{}, frame); }

  void ExpectTaken(const Packet& frame) {
    EXPECT_EQ(Run(Outer(frame)), kRedirected);
    EXPECT_EQ(after, frame.Bytes());
  }
  // As it came, to the kernel.
  void ExpectLeft(const std::vector<uint8_t>& packet, const std::string& reason, uint32_t gso_size = 0) {
    EXPECT_EQ(Run(program->fd.get(), packet, gso_size), (Outcome{TC_ACT_UNSPEC, {{reason, 1}}}));
    EXPECT_EQ(after, packet);
    Forget();
  }
  // That something was left to the device.
  void Forget() { ASSERT_TRUE(maps->traffic.PutZero(kAttachment.value).ok()); }

  const IpAddress peer = Ip("192.0.2.2");
  const Packet frame = Ethernet{} / Ipv4{.source = "10.0.0.2", .destination = "10.0.0.1"} / Udp{} / Raw{"in"};
};

TEST_F(Decapsulate, TakesAllHeadersOff) {
  ExpectTaken(frame);
  ExpectTaken(Ethernet{.destination = "02:00:00:00:00:09"} / Ipv4{} / Icmp{});
  ExpectTaken(Ethernet{} / Ipv4{} / Udp{} / Raw{std::string(1400, 'x')});
  const nsm_traffic traffic = SumOfTraffic(*maps, kAttachment);
  EXPECT_EQ(traffic.packets_received, 3u);
  EXPECT_EQ(traffic.fast_received, 3u);
}

// Linux takes off what is around IPv6, where that is of IPv4, since 6.3.
TEST_F(Decapsulate, TakesThemOffIpv6OrLeavesIt) {
  const Packet ipv6 = Ethernet{} / Ipv6{} / Icmp6{};
  if (KernelIsSince(6, 3)) {
    ExpectTaken(ipv6);
  } else {
    ExpectLeft(Outer(ipv6).Bytes(), "slow_received_refused");
  }
}

TEST_F(Decapsulate, DropsWhatIsNoLiveTunnel) {
  EXPECT_EQ(Run(Outer(Ipv4{.source = "192.0.2.3"}, Udp{}, frame)), DroppedAs("drop_underlay_unknown"));
  EXPECT_EQ(Run(Outer(Ipv4{.destination = "192.0.2.10"}, Udp{}, frame)),
            DroppedAs("drop_underlay_wrong_local"));
  ASSERT_TRUE(maps->ingress.Remove(Encode(TunnelKey{peer, {77}})).ok());
  EXPECT_EQ(Run(Outer(frame)), DroppedAs("drop_underlay_unknown"));
}

TEST_F(Decapsulate, LeavesWhatCameByAnotherDeviceThanAnswersTake) {
  PutPath({2});
  ExpectLeft(Outer(frame).Bytes(), "slow_received_no_path");
  ASSERT_TRUE(maps->peers.Remove(Encode(peer)).ok());
  ExpectLeft(Outer(frame).Bytes(), "slow_received_no_path");
}

TEST_F(Decapsulate, LeavesAggregates) { ExpectLeft(Outer(frame).Bytes(), "slow_received_aggregate", 20); }

TEST_F(Decapsulate, LeavesWhatIsNotForThisNode) {
  Packet packet = Ethernet{} / Ipv4{} / Udp{} / Vxlan{} / Raw{"xxxxxxxxxxxxxxxx"};
  ExpectLeft(packet.Bytes(), "slow_received_outer");
}

TEST_F(Decapsulate, LeavesOuterHeadersThatNeedMore) {
  ExpectLeft(Outer(Ipv4{.option_words = 1}, Udp{}, frame).Bytes(), "slow_received_outer");
  ExpectLeft(Outer(Ipv4{.more_fragments = true}, Udp{}, frame).Bytes(), "slow_received_outer");
  ExpectLeft(Outer(Ipv4{}, Udp{.checksum = 1}, frame).Bytes(), "slow_received_outer");
  const std::vector<uint8_t> whole = Outer(frame).Bytes();
  // IP length and checksum, UDP length, VXLAN flags and reserved bits.
  for (size_t at : {17, 24, 39, 42, 43, 49}) {
    std::vector<uint8_t> changed = whole;
    changed.at(at) ^= 1;
    ExpectLeft(changed, "slow_received_outer");
  }
  std::vector<uint8_t> longer = whole;
  longer.push_back(0);
  ExpectLeft(longer, "slow_received_outer");
  EXPECT_EQ(Run(whole), kRedirected);
}

TEST_F(Decapsulate, LeavesCongestionThatTheFrameHasToBeToldOf) {
  for (uint8_t ecn : {1, 3}) ExpectLeft(Outer(Ipv4{.tos = ecn}, Udp{}, frame).Bytes(), "slow_received_ecn");
  EXPECT_EQ(Run(Outer(Ipv4{.tos = 2}, Udp{}, frame)), kRedirected);
  EXPECT_EQ(Run(Outer(Ipv4{.tos = 0xb8}, Udp{}, frame)), kRedirected);
}

TEST_F(Decapsulate, LeavesWhatIsNotIpOrForAGroup) {
  ExpectLeft(Outer(Ethernet{} / Arp{}).Bytes(), "slow_received_inner");
  ExpectLeft(Outer(Ethernet{} / Vlan{} / Ipv4{}).Bytes(), "slow_received_inner");
  ExpectLeft(Outer(Ethernet{.destination = "ff:ff:ff:ff:ff:ff"} / Ipv4{} / Udp{}).Bytes(),
             "slow_received_inner");
}

TEST_F(Decapsulate, OvertakesNothingThatWasLeftToTheDevice) {
  const Outcome in_order{TC_ACT_UNSPEC, {{"slow_received_order", 1}}};
  EXPECT_EQ(Run(program->fd.get(), Outer(frame).Bytes(), 20),
            (Outcome{TC_ACT_UNSPEC, {{"slow_received_aggregate", 1}}}));
  EXPECT_EQ(Run(Outer(frame)), in_order);
  EXPECT_TRUE(Eventually([&] { return Run(Outer(frame)) == kRedirected; })) << "some time later";
  EXPECT_EQ(Run(Outer(frame)), kRedirected);
}

}  // namespace
}  // namespace nsm::dataplane
