// SPDX-License-Identifier: Apache-2.0
// The contract with the kernel (kernel_contract.h): what it refuses, and what is gone.
#pragma once

#include "tests/harness/kernel_contract.h"

namespace nsm::dataplane {

TEST_P(KernelContract, WhatTheKernelRefusesIsNotDone) {
  CrossConnect wanted = Joined(Full(0), To("192.0.2.2", 77));
  Make(wanted);
  bench_->AddLink(0, "theirs");
  const BuiltAttachment built = Built();
  BuiltAttachment other = built;
  other.index.value += 1;
  auto named = [&other](const std::string& name) {
    BuiltAttachment attachment = other;
    attachment.name = name;
    return attachment;
  };
  const std::string before = Described(Observe(RecordOf("one")));
  using absl::StatusCode;
  const std::vector<std::pair<Op, StatusCode>> refused = {
      {CreatePair{built, 0}, StatusCode::kAborted},
      {CreatePair{named("nsm0"), 0}, StatusCode::kAlreadyExists},
      {CreatePair{named("theirs"), 0}, StatusCode::kAlreadyExists},
      {CreatePair{named("lo"), 0}, StatusCode::kAlreadyExists},
      {SetMtu{built, 67, 1450}, StatusCode::kInvalidArgument},
      {AddRoute{built, Via("10.5.0.0/16", "10.0.0.1")}, StatusCode::kInvalidArgument},
      {AddRoute{built, Via("10.5.0.0/16", "10.0.0.255")}, StatusCode::kInvalidArgument},
      {AddRoute{built, Via("10.5.0.0/16", "224.0.0.1")}, StatusCode::kInvalidArgument},
      {AddRoute{built, Via("fd05::/64", "fd00::1")}, StatusCode::kInvalidArgument},
      {AddRoute{built, Via("fd05::/64", "ff02::1")}, StatusCode::kInvalidArgument},
      {ConfigurePodEnd{built, {.alias = "", .mac = MacAddress{{1}}, .ipv6 = true}, std::nullopt},
       StatusCode::kAlreadyExists},
  };
  for (const auto& [op, code] : refused) {
    EXPECT_EQ(Do(op).code(), code) << ToString(op);
    EXPECT_EQ(Described(Observe(RecordOf("one"))), before) << ToString(op);
  }
  EXPECT_FALSE(kernel().HasHostEnd(other.index));

  ASSERT_EQ(Do(ConfigurePodEnd{built, {.alias = "", .mac = std::nullopt, .ipv6 = false}, std::nullopt}),
            absl::OkStatus());
  EXPECT_EQ(Listed(PodEnd().addresses), "10.0.0.1/24, 172.16.0.1/32");
  EXPECT_EQ(PodEnd().routes.size(), 3u);
  for (uint32_t mtu : {1450, 1000}) {
    ASSERT_EQ(Do(SetMtu{built, mtu, 0}), absl::OkStatus());
    EXPECT_FALSE(Do(AddAddress{built, Range("fd00::1/64")}).ok()) << mtu;
    EXPECT_FALSE(Do(AddRoute{built, OnLink("fd01::/64")}).ok()) << mtu;
    EXPECT_FALSE(Do(AddNeighbor{built, {Address("fd00::2"), kMacB}}).ok()) << mtu;
  }
  bench_->Do(Deed::kSetDown, built);
  EXPECT_FALSE(Do(AddRoute{built, OnLink("10.5.0.0/16")}).ok());
  EXPECT_EQ(Do(AddAddress{built, Range("10.0.0.7/32")}), absl::OkStatus());
  EXPECT_EQ(Do(AddNeighbor{built, {Address("10.0.0.7"), kMacB}}), absl::OkStatus());
}

TEST_P(KernelContract, TakingAwayWhatIsGoneIsFineAndAllElseIsNot) {
  for (bool with_namespace : {false, true}) {
    const int pod = with_namespace ? 1 : 0;
    Make(Joined(Full(pod), To("192.0.2.2", 77)));
    const Record record = RecordOf("one");
    const BuiltAttachment built = Built();
    if (with_namespace) {
      bench_->EndPod(pod);
    } else {
      bench_->Do(Deed::kDelete, built);
    }
    EXPECT_FALSE(kernel().HasHostEnd(built.index));
    EXPECT_FALSE(Observe(record).attachments[0]->host_end);
    EXPECT_FALSE(Observe(record).attachments[0]->pod_end.has_value());
    const std::vector<Op> not_found = {AttachHostGuard{built.index},
                                       RaiseHostEnd{built.index},
                                       SetMtu{built, 1400, 1450},
                                       AttachPodGuard{built},
                                       ConfigurePodEnd{built, {}, std::nullopt},
                                       AddNeighbor{built, {Address("10.0.0.2"), kMacB}},
                                       AddNeighbor{built, {Address("fd00::2"), kMacB}},
                                       AddAddress{built, Range("10.0.0.1/24")},
                                       AddAddress{built, Range("fd00::1/64")},
                                       AddRoute{built, OnLink("10.1.0.0/16")},
                                       AddRoute{built, OnLink("fd01::/64")}};
    for (const Op& op : not_found) EXPECT_EQ(Do(op).code(), absl::StatusCode::kNotFound) << ToString(op);
    const std::vector<Op> fine = {DetachPodGuard{built},
                                  RemoveNeighbor{built, {Address("10.0.0.2"), kMacB}},
                                  RemoveNeighbor{built, {Address("fd00::2"), kMacB}},
                                  RemoveAddress{built, Range("10.0.0.1/24")},
                                  RemoveAddress{built, Range("fd00::1/64")},
                                  RemoveRoute{built, OnLink("10.1.0.0/16")},
                                  RemoveRoute{built, OnLink("fd01::/64")},
                                  DisallowSource{built.index, Range("10.0.0.1/32")},
                                  DisallowSource{built.index, Range("10.0.0.1/32")},
                                  DisallowAllSources{built.index},
                                  DropEgress{built.index},
                                  DropEgress{built.index},
                                  DropIngress{{Address("192.0.2.2"), {77}}},
                                  DropIngress{{Address("192.0.2.2"), {77}}},
                                  DoomPair{built},
                                  DropRecord{"one"},
                                  DropRecord{"one"}};
    for (const Op& op : fine) EXPECT_EQ(Do(op), absl::OkStatus()) << ToString(op);
    ASSERT_EQ(cross_connects_->Remove("one"), absl::OkStatus());
  }
}

TEST_P(KernelContract, DoomedItIsGoneAndItsNameFree) {
  Make(Joined(Full(0), To("192.0.2.2", 77)));
  const Record record = RecordOf("one");
  const BuiltAttachment built = Built();
  ASSERT_EQ(Do(DoomPair{built}), absl::OkStatus());
  EXPECT_FALSE(kernel().HasHostEnd(built.index));
  EXPECT_FALSE(Observe(record).attachments[0]->host_end);
  BuiltAttachment next = built;
  EXPECT_EQ(Do(CreatePair{next, 1450}).code(), absl::StatusCode::kAborted) << "its index is not free yet";
  next.index.value += 1;
  EXPECT_EQ(Do(CreatePair{next, 1450}), absl::OkStatus());
  bench_->Reap();
  EXPECT_TRUE(kernel().HasHostEnd(next.index));
  ASSERT_EQ(Do(DoomPair{next}), absl::OkStatus());
  EXPECT_EQ(Do(CreatePair{built, 1450}), absl::OkStatus());
}

TEST_P(KernelContract, AnotherNamespaceInItsPlaceIsLeftAlone) {
  Make(Joined(Full(0), To("192.0.2.2", 77)));
  const std::string before = Described(Observe(RecordOf("one")));
  Record record = RecordOf("one");
  auto& built = std::get<BuiltAttachment>(record.legs[0]);
  built.cookie.value += 1'000'000;
  EXPECT_TRUE(Observe(record).attachments[0]->host_end);
  EXPECT_FALSE(Observe(record).attachments[0]->pod_end.has_value());
  EXPECT_EQ(Do(AddAddress{built, Range("10.0.0.7/32")}).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Do(RemoveAddress{built, Range("10.0.0.1/24")}), absl::OkStatus());
  EXPECT_EQ(Do(CreatePair{built, 0}).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Described(Observe(RecordOf("one"))), before);
}

TEST_P(KernelContract, WhatNoRecordAccountsForIsRemoved) {
  Make(Joined(Full(0), To("192.0.2.2", 77)));
  Make(Joined(In(1), To("192.0.2.2", 78), "two"));
  const std::string one = Described(Observe(RecordOf("one")));
  const Record two = RecordOf("two");
  ASSERT_EQ(kernel().RemoveUnaccounted({RecordOf("one")}), absl::OkStatus());
  EXPECT_EQ(Described(Observe(RecordOf("one"))), one);
  bench_->Reap();
  const Observed left = Observe(two);
  EXPECT_FALSE(left.attachments[0]->host_end || left.attachments[0]->pod_end.has_value());
  EXPECT_EQ(left.attachments[0]->egress.has_value(), false);
  EXPECT_EQ(Listed(left.attachments[0]->allowed_sources), "");
  EXPECT_EQ(Listed(left.attachments[0]->ways_back), "");
  EXPECT_FALSE(left.ingress[1].has_value());
}

}  // namespace nsm::dataplane
