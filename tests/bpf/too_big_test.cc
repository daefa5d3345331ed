// SPDX-License-Identifier: Apache-2.0
// What host guard answers when the path to the peer got narrower.
#include "tests/bpf/bpf_test.h"

namespace nsm::dataplane {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr size_t kEthernetSize = 14;
const std::string kBulk(1300, 'x');

uint32_t Read(const Bytes& bytes, size_t at, size_t size) {
  uint32_t value = 0;
  for (size_t i = at; i < at + size; ++i) value = value << 8 | bytes.at(i);
  return value;
}
Bytes Part(const Bytes& bytes, size_t at, size_t size) {
  return {bytes.begin() + at, bytes.begin() + at + size};
}
// 0xffff where the checksum in it is right (RFC 1071).
uint32_t Sum(const Bytes& bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) sum += Read(bytes, i, 2);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

class TooBig : public BpfTest {
 protected:
  absl::StatusOr<Program> Load() override { return LoadHostGuard(folder); }
  void Prepare() override {
    nsm_node node{};
    node.vxlan_ifindex = 42;
    ASSERT_TRUE(maps->node.Put(0, node).ok());
    const Tunnel tunnel{.local = Ip("192.0.2.1"), .remote = Ip("192.0.2.2"), .port = 4789, .vni = {77}};
    ASSERT_TRUE(maps->egress.Put(kAttachment.value, Encode(Egress{.to = tunnel})).ok());
    FitsNow(1300);
  }
  void FitsNow(uint32_t mtu) {
    nsm_peer peer{};
    peer.narrow = mtu;
    ASSERT_TRUE(maps->peers.Put(Encode(Ip("192.0.2.2")), peer).ok());
  }

  // What became of the packet.
  Bytes After(const Packet& packet) {
    (void)Run(packet);
    return after;
  }

  const Ipv4 whole4{.source = "10.0.0.1", .destination = "10.0.0.2", .dont_fragment = true};
  const Ipv6 whole6{.source = "fd00::1", .destination = "fd00::2"};
  const Outcome told = RedirectedAs("told_too_big");
};

TEST_F(TooBig, AnswersIpv4InTheNameOfTheOther) {
  const Packet packet = Ethernet{} / whole4 / Udp{} / Raw{kBulk};
  EXPECT_EQ(Run(packet), told);
  const Bytes before = packet.Bytes();
  const Bytes after = After(packet);
  EXPECT_EQ(Part(after, 0, 6), Part(before, 6, 6)) << "back to the sender";
  EXPECT_EQ(Part(after, 26, 4), Part(before, 30, 4));
  EXPECT_EQ(Part(after, 30, 4), Part(before, 26, 4));
  ASSERT_EQ(after.size(), kEthernetSize + Read(after, 16, 2));
  EXPECT_EQ(Read(after, 34, 2), 0x0304u) << "unreachable, fragmentation needed";
  EXPECT_EQ(Read(after, 38, 4), 1300u);
  EXPECT_EQ(Part(after, 42, 52), Part(before, kEthernetSize, 52)) << "the packet that it is about";
  EXPECT_EQ(Sum(Part(after, kEthernetSize, 20)), 0xffffu);
  EXPECT_EQ(Sum(Part(after, 34, after.size() - 34)), 0xffffu);
}

TEST_F(TooBig, AnswersIpv6InTheNameOfTheOther) {
  const Packet packet = Ethernet{} / whole6 / Udp{} / Raw{kBulk};
  EXPECT_EQ(Run(packet), told);
  const Bytes before = packet.Bytes();
  const Bytes after = After(packet);
  EXPECT_EQ(Part(after, 22, 16), Part(before, 38, 16));
  EXPECT_EQ(Part(after, 38, 16), Part(before, 22, 16));
  const uint32_t size = Read(after, 18, 2);
  ASSERT_EQ(after.size(), kEthernetSize + 40 + size);
  EXPECT_EQ(Read(after, 54, 2), 0x0200u) << "packet too big";
  EXPECT_EQ(Read(after, 58, 4), 1300u);
  EXPECT_EQ(Part(after, 62, 72), Part(before, kEthernetSize, 72));
  Bytes summed = Part(after, 22, after.size() - 22);
  for (uint32_t word : {size, 58u}) {
    for (int shift : {24, 16, 8, 0}) summed.push_back(static_cast<uint8_t>(word >> shift));
  }
  EXPECT_EQ(Sum(summed), 0xffffu);
}

TEST_F(TooBig, WhatFitsGoesOn) {
  EXPECT_EQ(Run(Ethernet{} / whole4 / Udp{} / Raw{std::string(1300 - 28, 'x')}), kRedirected);
  EXPECT_EQ(Run(Ethernet{} / whole4 / Udp{} / Raw{std::string(1301 - 28, 'x')}), told);
  EXPECT_EQ(Run(Ethernet{} / whole6 / Udp{} / Raw{std::string(1300 - 48, 'x')}), kRedirected);
  EXPECT_EQ(Run(Ethernet{} / whole6 / Udp{} / Raw{std::string(1301 - 48, 'x')}), told);
  FitsNow(1450);
  EXPECT_EQ(Run(Ethernet{} / whole4 / Udp{} / Raw{kBulk}), kRedirected);
  FitsNow(0);
  EXPECT_EQ(Run(Ethernet{} / whole6 / Udp{} / Raw{kBulk}), kRedirected) << "as promised";
  ASSERT_TRUE(maps->peers.Remove(Encode(Ip("192.0.2.2"))).ok());
  EXPECT_EQ(Run(Ethernet{} / whole6 / Udp{} / Raw{kBulk}), kRedirected);
}

TEST_F(TooBig, WhatCannotBeAnsweredGoesOn) {
  Ipv4 may_be_fragmented = whole4;
  may_be_fragmented.dont_fragment = false;
  Ipv4 with_options = whole4;
  with_options.option_words = 1;
  Ipv4 to_many = whole4;
  to_many.destination = "224.0.0.5";
  for (const Ipv4& ip : {may_be_fragmented, with_options, to_many}) {
    EXPECT_EQ(Run(Ethernet{} / ip / Udp{} / Raw{kBulk}), kRedirected);
  }
  Ipv4 icmp = whole4;
  icmp.protocol = 1;
  EXPECT_EQ(Run(Ethernet{} / icmp / Raw{"\x03" + kBulk}), kRedirected) << "an error";
  EXPECT_EQ(Run(Ethernet{} / whole4 / Icmp{} / Raw{kBulk}), told);
  Ipv6 to_group = whole6;
  to_group.destination = "ff02::1";
  EXPECT_EQ(Run(Ethernet{} / to_group / Udp{} / Raw{kBulk}), kRedirected);
  EXPECT_EQ(Run(Ethernet{} / whole6 / Icmp6{.type = 1} / Raw{kBulk}), kRedirected) << "an error";
  EXPECT_EQ(Run(Ethernet{} / whole6 / Icmp6{} / Raw{kBulk}), told);
  EXPECT_EQ(Run(Ethernet{.type = 0x88b5} / Raw{kBulk}), kRedirected) << "neither IPv4 nor IPv6";
}

TEST_F(TooBig, Ipv6IsNeverToldLessThanItsMinimum) {
  FitsNow(1000);
  EXPECT_EQ(Run(Ethernet{} / whole6 / Udp{} / Raw{std::string(1280 - 48, 'x')}), kRedirected);
  const Bytes after = After(Ethernet{} / whole6 / Udp{} / Raw{kBulk});
  EXPECT_EQ(Read(after, 58, 4), 1280u);
}

}  // namespace
}  // namespace nsm::dataplane
