// SPDX-License-Identifier: Apache-2.0
// The fast path out of a pod: what host guard puts in front of a frame, and what it leaves to the VXLAN
// device. tests/netns/dataplane/fast_path_test.cc compares it with what that writes.
#include <set>

#include "tests/bpf/bpf_test.h"

namespace nsm::dataplane {
namespace {

constexpr size_t kAdded = 50;
constexpr size_t kOuterIp = 14;  // offsets in an outer packet
constexpr size_t kOuterUdp = 34;
constexpr size_t kFrame = 50;

class Encapsulate : public BpfTest {
 protected:
  absl::StatusOr<Program> Load() override { return LoadHostGuard(folder); }
  void Prepare() override {
    tells_paths = true;
    Describe(~uint64_t{0});
    Egress egress{.to = Tunnel{.local = Ip("192.0.2.1"), .remote = peer, .port = 4789, .vni = {77}}};
    ASSERT_TRUE(maps->egress.Put(kAttachment.value, Encode(egress)).ok());
    ASSERT_TRUE(maps->traffic.PutZero(kAttachment.value).ok());
    PutPath(1500);
  }
  void Describe(uint64_t paths_until) {
    nsm_node node{};
    node.vxlan_ifindex = 42;
    node.vxlan_port = 4789;
    node.source_port_first = 40000;
    node.source_port_count = 100;
    node.paths_until = paths_until;
    ASSERT_TRUE(maps->node.Put(0, node).ok());
  }
  void PutPath(uint32_t mtu) {
    nsm_peer path{};
    path.next_hop = Encode(peer);
    path.ifindex = 1;
    path.mtu = mtu;
    ASSERT_TRUE(maps->peers.Put(Encode(peer), path).ok());
  }

  uint32_t Read(size_t at, size_t size) const {
    uint32_t value = 0;
    for (size_t i = at; i < at + size; ++i) value = value << 8 | after.at(i);
    return value;
  }
  std::vector<uint8_t> Inner() const { return {after.begin() + kFrame, after.end()}; }
  uint8_t EcnOutside(const Packet& packet) {
    EXPECT_EQ(Run(packet), kRedirected);
    return after.at(kOuterIp + 1);
  }
  // As it came, to the VXLAN device.
  void ExpectLeft(const std::vector<uint8_t>& packet, const std::string& reason, uint32_t gso_size = 0) {
    EXPECT_EQ(Run(program->fd.get(), packet, gso_size), RedirectedAs(reason));
    EXPECT_EQ(after, packet);
  }
  uint64_t FastSent() const { return SumOfTraffic(*maps, kAttachment).fast_sent; }

  const IpAddress peer = Ip("192.0.2.2");
  const Ipv4 ipv4{.source = "10.0.0.1", .destination = "10.0.0.2"};
  const Ipv6 ipv6{.source = "fd00::1", .destination = "fd00::2"};
};

TEST_F(Encapsulate, PutsAllHeadersInFrontOfTheFrame) {
  for (const Packet& packet : {Ethernet{} / ipv4 / Udp{} / Raw{"payload"}, Ethernet{} / ipv6 / Icmp6{}}) {
    ASSERT_EQ(Run(packet), kRedirected);
    const std::vector<uint8_t> frame = packet.Bytes();
    EXPECT_EQ(Inner(), frame);
    ASSERT_EQ(after.size(), frame.size() + kAdded);
    EXPECT_EQ(Read(kOuterIp, 2), 0x4500u);
    EXPECT_EQ(Read(kOuterIp + 2, 2), frame.size() + kAdded - 14);
    EXPECT_EQ(Read(kOuterIp + 6, 2), 0u) << "may be fragmented, is whole";
    EXPECT_EQ(Read(kOuterIp + 8, 2), 64u << 8 | 17);
    EXPECT_EQ(Read(kOuterIp + 12, 4), 0xc0000201u);
    EXPECT_EQ(Read(kOuterIp + 16, 4), 0xc0000202u);
    uint32_t sum = 0;
    for (size_t i = kOuterIp; i < kOuterUdp; i += 2) sum += Read(i, 2);
    EXPECT_EQ((sum & 0xffff) + (sum >> 16), 0xffffu);
    EXPECT_GE(Read(kOuterUdp, 2), 40000u);
    EXPECT_LT(Read(kOuterUdp, 2), 40100u);
    EXPECT_EQ(Read(kOuterUdp + 2, 2), 4789u);
    EXPECT_EQ(Read(kOuterUdp + 4, 2), frame.size() + 16);
    EXPECT_EQ(Read(kOuterUdp + 6, 2), 0u) << "no checksum";
    EXPECT_EQ(Read(kOuterUdp + 8, 4), 0x08000000u);
    EXPECT_EQ(Read(kOuterUdp + 12, 4), 77u << 8);
  }
  EXPECT_EQ(FastSent(), 2u);
}

TEST_F(Encapsulate, AFlowKeepsItsSourcePortAndFlowsHaveSeveral) {
  std::set<uint32_t> ports;
  for (uint16_t port = 1000; port < 1050; ++port) {
    const Packet packet = Ethernet{} / ipv4 / Udp{.source = port} / Raw{"x"};
    ASSERT_EQ(Run(packet), kRedirected);
    const uint32_t first = Read(kOuterUdp, 2);
    ASSERT_EQ(Run(packet), kRedirected);
    EXPECT_EQ(Read(kOuterUdp, 2), first);
    ports.insert(first);
  }
  EXPECT_GT(ports.size(), 10u);
}

TEST_F(Encapsulate, CongestionIsWhatItIsToTheDevice) {
  const uint8_t outside[] = {0, 1, 2, 2};  // RFC 6040: what was experienced inside is not said again
  for (uint8_t ecn = 0; ecn < 4; ++ecn) {
    Ipv4 with_ipv4 = ipv4;
    with_ipv4.tos = static_cast<uint8_t>(0xb8 | ecn);
    EXPECT_EQ(EcnOutside(Ethernet{} / with_ipv4 / Udp{}), outside[ecn]);
    Ipv6 with_ipv6 = ipv6;
    with_ipv6.traffic_class = static_cast<uint8_t>(0xb8 | ecn);
    EXPECT_EQ(EcnOutside(Ethernet{} / with_ipv6 / Udp{}), outside[ecn]);
  }
}

TEST_F(Encapsulate, GroupsAndFragmentsAreAsAnyOther) {
  Ipv4 fragment = ipv4;
  fragment.more_fragments = true;
  Ipv4 options = ipv4;
  options.option_words = 2;
  for (const Packet& packet : {Ethernet{.destination = "01:00:5e:00:00:01"} / ipv4 / Udp{},
                               Ethernet{} / fragment / Udp{}, Ethernet{} / options / Udp{}}) {
    EXPECT_EQ(Run(packet), kRedirected);
    EXPECT_EQ(Inner(), packet.Bytes());
  }
}

TEST_F(Encapsulate, LeavesWhatHasNoPath) {
  const Packet packet = Ethernet{} / ipv4 / Udp{};
  ASSERT_TRUE(maps->peers.Put(Encode(peer), {}).ok());
  ExpectLeft(packet.Bytes(), "slow_sent_no_path");
  ASSERT_TRUE(maps->peers.Remove(Encode(peer)).ok());
  ExpectLeft(packet.Bytes(), "slow_sent_no_path");
  PutPath(1500);
  EXPECT_EQ(Run(packet), kRedirected);
  Describe(1);
  ExpectLeft(packet.Bytes(), "slow_sent_no_path");
  EXPECT_EQ(FastSent(), 1u);
}

TEST_F(Encapsulate, LeavesWhatIsNotIp) {
  ExpectLeft((Ethernet{} / Arp{}).Bytes(), "slow_sent_not_ip");
  ExpectLeft((Ethernet{.type = 0x88cc} / Raw{"lldp"}).Bytes(), "slow_sent_not_ip");
  EXPECT_EQ(RunAsReceived(Ethernet{} / ipv4 / Udp{}, "with_vlan_tag", nullptr),
            RedirectedAs("slow_sent_not_ip"));
}

TEST_F(Encapsulate, LeavesWhatDoesNotFitThePath) {
  const std::string fits(1450 - 28, 'x');
  EXPECT_EQ(Run(Ethernet{} / ipv4 / Udp{} / Raw{fits}), kRedirected);
  ExpectLeft((Ethernet{} / ipv4 / Udp{} / Raw{fits + "x"}).Bytes(), "slow_sent_size");
  PutPath(1499);
  ExpectLeft((Ethernet{} / ipv4 / Udp{} / Raw{fits}).Bytes(), "slow_sent_size");
}

TEST_F(Encapsulate, LeavesAggregatesThatTheKernelDoesNotKnow) {
  Ipv4 neither = ipv4;
  neither.protocol = 132;
  ExpectLeft((Ethernet{} / neither / Raw{std::string(2000, 'x')}).Bytes(), "slow_sent_size", 1000);
  // What a test run makes has no kind of its own.
  ExpectLeft((Ethernet{} / ipv4 / Udp{} / Raw{std::string(2000, 'x')}).Bytes(), "slow_sent_refused", 1000);
  ExpectLeft((Ethernet{} / ipv4 / Udp{} / Raw{std::string(2000, 'x')}).Bytes(), "slow_sent_size", 1423);
}

}  // namespace
}  // namespace nsm::dataplane
