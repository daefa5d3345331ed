// SPDX-License-Identifier: Apache-2.0
#include "tests/bpf/bpf_test.h"

namespace nsm::dataplane {
namespace {

constexpr NetnsCookie kPod{7};
constexpr NetnsCookie kOtherPod{8};
constexpr Ifindex kOther{kFirstIndex};

class ArrivalGuard : public BpfTest {
 protected:
  absl::StatusOr<Program> Load() override { return LoadArrivalGuard(folder); }
  void Prepare() override {
    ASSERT_TRUE(maps->arrivals.Put(kAttachment.value, kPod.value).ok());
    LeadsTo("10.1.0.0/16", kAttachment);
    LeadsTo("10.1.5.5/32", kOther);
    LeadsTo("10.2.0.0/16", kOther);
    LeadsTo("fd02::/64", kOther);
    LeadsTo("10.3.0.0/16", kOther, kOtherPod);
  }
  void LeadsTo(const std::string& prefix, Ifindex index, NetnsCookie pod = kPod) {
    const Way way{.pod = pod, .prefix = Prefix(prefix)};
    ASSERT_TRUE(maps->ways_back.Put(Encode(way), index.value).ok());
  }
  Outcome From4(const std::string& source) { return Run(Ethernet{} / Ipv4{.source = source} / Icmp{}); }
  Outcome From6(const std::string& source) { return Run(Ethernet{} / Ipv6{.source = source} / Icmp6{}); }
};

TEST_F(ArrivalGuard, WhatAnotherConnectionLeadsToIsDropped) {
  EXPECT_EQ(From4("10.2.0.1"), DroppedAs("drop_arrival_wrong_way"));
  EXPECT_EQ(From6("fd02::1"), DroppedAs("drop_arrival_wrong_way"));
  EXPECT_EQ(From4("10.1.5.5"), DroppedAs("drop_arrival_wrong_way")) << "the longest prefix counts";
}

TEST_F(ArrivalGuard, AllElsePasses) {
  EXPECT_EQ(From4("10.1.5.4"), kPassedOn) << "its own";
  EXPECT_EQ(From4("198.51.100.1"), kPassedOn) << "nobody's";
  EXPECT_EQ(From6("fd03::1"), kPassedOn);
  EXPECT_EQ(From6("::ffff:10.2.0.1"), kPassedOn) << "no IPv4";
  EXPECT_EQ(From4("10.3.0.1"), kPassedOn) << "of another pod";
  EXPECT_EQ(Run(Ethernet{} / Arp{.sender = "10.2.0.1"}), kPassedOn);
  EXPECT_EQ(Run(Ethernet{} / Vlan{} / Ipv4{.source = "10.2.0.1"} / Icmp{}), kPassedOn)
      << "for another interface";
}

TEST_F(ArrivalGuard, WhereNothingIsJudgedAllPasses) {
  ASSERT_TRUE(maps->arrivals.Remove(kAttachment.value).ok());
  EXPECT_EQ(From4("10.2.0.1"), kPassedOn);
}

}  // namespace
}  // namespace nsm::dataplane
