// SPDX-License-Identifier: Apache-2.0
// What the dataplane takes for granted of the kernel, as cases that run over the fake kernel (tests/unit) and
// the real one (tests/netns): what is observed is what was wanted, and a second plan changes nothing but the
// record; what the kernel refuses, and what it takes away unasked.
//
// Its cases are in kernel_contract_{states,refusals,random}.h: include each once in a program, and
// instantiate KernelContract with a MakeKernelBench.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "src/dataplane/cross_connects.h"
#include "src/dataplane/ways_back.h"
#include "tests/harness/described.h"
#include "tests/harness/kernel_bench.h"

namespace nsm::dataplane {

inline IpAddress Address(const std::string& text) { return *IpAddress::Parse(text); }
inline IpPrefix Range(const std::string& text) { return *IpPrefix::Parse(text); }
inline Route OnLink(const std::string& prefix) { return {Range(prefix), std::nullopt}; }
inline Route Via(const std::string& prefix, const std::string& next_hop) {
  return {Range(prefix), Address(next_hop)};
}

inline constexpr MacAddress kMacA{{2, 0, 0, 0, 0, 0xa}};
inline constexpr MacAddress kMacB{{2, 0, 0, 0, 0, 0xb}};

class KernelContract : public ::testing::TestWithParam<MakeKernelBench> {
 protected:
  void SetUp() override {
    bench_ = GetParam()();
    if (bench_ == nullptr) GTEST_SKIP() << "this kernel cannot be had here";
    config_.tunnel_ip = Address("192.0.2.1");
    config_.vxlan_port = 4789;
    cross_connects_ = std::make_unique<CrossConnects>(config_, kernel());
  }

  Kernel& kernel() { return bench_->kernel(); }

  Attachment In(int pod, const std::string& name = "nsm0") {
    Attachment attachment;
    attachment.netns = bench_->Pod(pod);
    attachment.name = name;
    return attachment;
  }
  Tunnel To(const std::string& remote, uint32_t vni) {
    return {.local = config_.tunnel_ip, .remote = Address(remote), .port = 4789, .vni = {vni}};
  }
  // One of both families, with everything.
  Attachment Full(int pod, const std::string& name = "nsm0") {
    Attachment attachment = In(pod, name);
    attachment.alias = "an alias";
    attachment.mac = kMacA;
    attachment.neighbors = {{Address("10.0.0.2"), kMacB}, {Address("fd00::2"), kMacB}};
    attachment.addresses = {Range("10.0.0.1/24"), Range("172.16.0.1/32"), Range("fd00::1/64"),
                            Range("fe80::77/64")};
    attachment.routes = {
        OnLink("10.1.0.0/16"), Via("0.0.0.0/0", "10.0.0.2"), Via("10.3.0.0/16", "192.168.7.7"),
        OnLink("fd01::/64"),   Via("::/0", "fd00::2"),       Via("fd03::/64", "fd77::7")};
    attachment.allowed_sources = {Range("10.0.0.1/32"), Range("fd00::/64")};
    return attachment;
  }
  CrossConnect Joined(const Leg& client, const Leg& endpoint, const std::string& id = "one") {
    CrossConnect wanted;
    wanted.id = id;
    wanted.expiry = absl::FromUnixNanos(1'700'000'600'123'456'789);
    wanted.guarded = true;
    wanted.mtu = 1450;
    wanted.client = client;
    wanted.endpoint = endpoint;
    return wanted;
  }

  const Record& RecordOf(const std::string& id) { return cross_connects_->records().at(id); }
  BuiltAttachment Built(const std::string& id = "one", int leg = 0) {
    return std::get<BuiltAttachment>(RecordOf(id).legs[leg]);
  }
  Observed Observe(const Record& record) {
    auto observed = kernel().Observe(record);
    EXPECT_TRUE(observed.ok()) << observed.status();
    kernel().ReleaseNamespaces();
    return observed.value_or(Observed{});
  }
  ObservedPodEnd PodEnd(const std::string& id = "one") {
    return Observe(RecordOf(id)).attachments[0]->pod_end.value_or(ObservedPodEnd{});
  }
  absl::Status Do(const Op& op) {
    absl::Status status = kernel().Do(op);
    kernel().ReleaseNamespaces();
    return status;
  }

  // Asked for again with a later expiry.
  std::vector<Op> PlanAgain(CrossConnect wanted) {
    wanted.guarded |= wanted.payload == Payload::kIp;
    wanted.expiry += absl::Minutes(1);
    Desired desired{.cross_connect = wanted, .cookies = {}, .unused_indexes = {}};
    for (int i : {0, 1}) {
      const auto* attachment = std::get_if<Attachment>(i == 0 ? &wanted.client : &wanted.endpoint);
      if (attachment != nullptr) desired.cookies[i] = kernel().Identify(attachment->netns)->cookie;
    }
    kernel().ReleaseNamespaces();
    return Plan(desired, Observe(RecordOf(wanted.id)));
  }

  void ExpectAsWanted(const CrossConnect& wanted) {
    const bool guarded = wanted.guarded || wanted.payload == Payload::kIp;
    const Observed observed = Observe(RecordOf(wanted.id));
    for (int i : {0, 1}) {
      const Leg& leg = i == 0 ? wanted.client : wanted.endpoint;
      const Leg& other = i == 0 ? wanted.endpoint : wanted.client;
      if (const auto* tunnel = std::get_if<Tunnel>(&leg)) {
        Ingress ingress{.local = tunnel->local, .index = Built(wanted.id, 1 - i).index};
        EXPECT_TRUE(observed.ingress[i] == ingress);
        continue;
      }
      ASSERT_TRUE(observed.attachments[i].has_value());
      const ObservedAttachment& there = *observed.attachments[i];
      EXPECT_TRUE(there.host_end && there.host_up && there.host_guard);
      Egress egress{.to = {}, .payload = wanted.payload, .guarded = guarded};
      if (const auto* tunnel = std::get_if<Tunnel>(&other)) {
        egress.to = *tunnel;
      } else {
        egress.to = Built(wanted.id, 1 - i).index;
      }
      EXPECT_TRUE(there.egress == egress);
      ExpectAsWanted(std::get<Attachment>(leg), wanted.mtu, guarded, there);
    }
    std::vector<Op> again = PlanAgain(wanted);
    EXPECT_TRUE(again.size() == 1 && std::holds_alternative<PutRecord>(again[0]))
        << Listed(again, [](const Op& op) { return ToString(op); });
  }

  static void ExpectAsWanted(const Attachment& wanted, uint32_t mtu, bool guarded,
                             const ObservedAttachment& there) {
    EXPECT_EQ(Listed(there.allowed_sources), guarded ? Listed(wanted.allowed_sources) : "");
    EXPECT_EQ(Listed(there.ways_back), Listed(WaysBack(wanted)));
    ASSERT_TRUE(there.pod_end.has_value());
    const ObservedPodEnd& end = *there.pod_end;
    EXPECT_EQ(end.name, wanted.name);
    EXPECT_EQ(end.alias, wanted.alias);
    EXPECT_TRUE(end.up);
    EXPECT_EQ(end.guarded, guarded);
    EXPECT_EQ(end.arrivals, guarded && NeedsArrivalGuard(wanted));
    if (mtu != 0) {
      EXPECT_EQ(end.mtu, mtu);
      EXPECT_EQ(there.host_mtu, mtu);
    }
    if (wanted.mac.has_value()) {
      EXPECT_EQ(end.mac.ToString(), wanted.mac->ToString());
    }
    EXPECT_EQ(Listed(end.neighbors), Listed(wanted.neighbors));
    EXPECT_EQ(Listed(end.addresses), Listed(wanted.addresses));
    EXPECT_EQ(Listed(end.routes), Listed(wanted.routes));
  }

  // Makes it so and looks.
  void Make(const CrossConnect& wanted) {
    ASSERT_EQ(cross_connects_->Apply(wanted), absl::OkStatus());
    ExpectAsWanted(wanted);
  }

  std::unique_ptr<KernelBench> bench_;
  NodeConfig config_;
  std::unique_ptr<CrossConnects> cross_connects_;
};

}  // namespace nsm::dataplane
