// SPDX-License-Identifier: Apache-2.0
// The contract with the kernel (kernel_contract.h) over states taken by chance: whatever there was, and
// whatever others did to it, what was wanted is there afterwards; and what fails half way leaves what there
// was. The seed is fixed, so that a failure comes again.
#pragma once

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/harness/kernel_contract.h"

namespace nsm::dataplane {

// Fails at one step; those that undo the others succeed.
class FailingKernel final : public Kernel {
 public:
  explicit FailingKernel(Kernel& kernel) : kernel_(kernel) {}

  absl::Status Do(const Op& op) override {
    last = ToString(op);
    if (fail_at.has_value() && (*fail_at)-- == 0) return absl::InternalError("told to fail");
    return kernel_.Do(op);
  }
  absl::StatusOr<NetnsIdentity> Identify(const NetnsInode& netns) override { return kernel_.Identify(netns); }
  absl::StatusOr<Observed> Observe(const Record& record) override { return kernel_.Observe(record); }
  absl::StatusOr<std::vector<PodRoute>> FindRoutes(const NetnsInode& netns, const IpPrefix& prefix) override {
    return kernel_.FindRoutes(netns, prefix);
  }
  void ReleaseNamespaces() override { kernel_.ReleaseNamespaces(); }
  absl::StatusOr<std::vector<Record>> Records() override { return kernel_.Records(); }
  bool HasHostEnd(Ifindex index) override { return kernel_.HasHostEnd(index); }
  absl::Status RemoveUnaccounted(const std::vector<Record>& records) override {
    return kernel_.RemoveUnaccounted(records);
  }

  std::optional<int> fail_at;  // number of steps that still succeed
  std::string last;

 private:
  Kernel& kernel_;
};

class RandomKernelContract : public KernelContract {
 protected:
  static constexpr int kRounds = 40;

  int Below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
  template <class T>
  T OneOf(const std::vector<T>& all) {
    return all[Below(static_cast<int>(all.size()))];
  }
  // Each with the same chance, in any order; of several that exclude each other one.
  template <class T>
  std::vector<T> SomeOf(const std::vector<std::vector<T>>& groups) {
    std::vector<T> some;
    for (const std::vector<T>& group : groups) {
      if (Below(2) == 0) some.push_back(OneOf(group));
    }
    std::shuffle(some.begin(), some.end(), random_);
    return some;
  }

  Attachment AnyAttachment(int pod, bool with_ipv6) {
    Attachment attachment = In(pod, OneOf<std::string>({"nsm0", "nsm0", "nsm0", "nsm1"}));
    attachment.alias = OneOf<std::string>({"", "an alias", "another"});
    attachment.mac = OneOf<std::optional<MacAddress>>({std::nullopt, kMacA, kMacB});
    attachment.addresses = SomeOf<IpPrefix>({{Range("10.0.0.1/24"), Range("10.0.0.1/32")},
                                             {Range("10.0.0.8/24"), Range("10.0.0.8/32")},
                                             {Range("10.0.0.9/24"), Range("10.0.0.9/32")},
                                             {Range("172.16.0.1/32")}});
    attachment.routes = SomeOf<Route>({{OnLink("10.1.0.0/16"), Via("10.1.0.0/16", "10.0.0.2")},
                                       {Via("10.2.0.0/16", "10.0.0.2"), Via("10.2.0.0/16", "10.0.0.3")},
                                       {OnLink("0.0.0.0/0"), Via("0.0.0.0/0", "192.168.7.7")}});
    attachment.neighbors = SomeOf<Neighbor>(
        {{{Address("10.0.0.2"), kMacA}, {Address("10.0.0.2"), kMacB}}, {{Address("10.0.0.3"), kMacB}}});
    if (with_ipv6) {
      // So that the link speaks it.
      attachment.addresses.push_back(OneOf<IpPrefix>({Range("fd00::1/64"), Range("fd00::1/128")}));
      for (const IpPrefix& address :
           SomeOf<IpPrefix>({{Range("fd00::9/64"), Range("fd00::9/128")}, {Range("fe80::77/64")}})) {
        attachment.addresses.push_back(address);
      }
      for (const Route& route :
           SomeOf<Route>({{OnLink("fd01::/64"), Via("fd01::/64", "fd00::2")}, {Via("::/0", "fd00::2")}})) {
        attachment.routes.push_back(route);
      }
      for (const Neighbor& neighbor :
           SomeOf<Neighbor>({{{Address("fd00::2"), kMacA}, {Address("fd00::2"), kMacB}}})) {
        attachment.neighbors.push_back(neighbor);
      }
    }
    attachment.allowed_sources =
        SomeOf<IpPrefix>({{Range("10.0.0.1/32")}, {Range("10.0.0.0/24")}, {Range("fd00::/64")}});
    return attachment;
  }

  CrossConnect AnyState() {
    const bool with_ipv6 = Below(2) == 0;
    CrossConnect wanted = Joined(AnyAttachment(0, with_ipv6), To("192.0.2.2", 77));
    wanted.payload = OneOf<Payload>({Payload::kEthernet, Payload::kIp});
    wanted.guarded = Below(2) == 0;
    wanted.mtu = with_ipv6 ? OneOf<uint32_t>({1280, 1400, 1450}) : OneOf<uint32_t>({1000, 1279, 1400, 1450});
    if (Below(3) == 0) wanted.endpoint = AnyAttachment(1, with_ipv6);
    if (Below(4) == 0) wanted.endpoint = To("192.0.2.3", 5);
    return wanted;
  }

  std::mt19937 random_{20};
};

TEST_P(RandomKernelContract, AnyStateFollowsAnyOther) {
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    Make(AnyState());
    bench_->Reap();
    if (HasFailure()) return;
  }
}

TEST_P(RandomKernelContract, WhateverOthersDoIsPutRight) {
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    Make(AnyState());
    std::string deeds;
    for (int left = 1 + Below(3); left > 0; --left) {
      const Deed deed = static_cast<Deed>(Below(kDeeds));
      absl::StrAppend(&deeds, static_cast<int>(deed), " ");
      bench_->Do(deed, Built());
      // What has another name cannot be found for the next.
      if (deed == Deed::kRename || deed == Deed::kDelete) break;
    }
    SCOPED_TRACE("deeds " + deeds);
    CrossConnect wanted = AnyState();
    ASSERT_EQ(cross_connects_->Apply(wanted), absl::OkStatus());
    ExpectAsWanted(wanted);
    bench_->Reap();
    if (HasFailure()) return;
  }
}

TEST_P(RandomKernelContract, EachDeedIsPutRight) {
  for (int i = 0; i < kDeeds; ++i) {
    SCOPED_TRACE(i);
    CrossConnect wanted = Joined(Full(0), To("192.0.2.2", 77));
    Make(wanted);
    bench_->Do(static_cast<Deed>(i), Built());
    Make(wanted);
    bench_->Reap();
    if (HasFailure()) return;
  }
}

TEST_P(RandomKernelContract, WhatFailsHalfWayLeavesWhatThereWas) {
  FailingKernel failing(kernel());
  cross_connects_ = std::make_unique<CrossConnects>(config_, failing);
  CrossConnect present = AnyState();
  Make(present);
  for (int round = 0; round < kRounds / 8; ++round) {
    SCOPED_TRACE(round);
    const CrossConnect wanted = AnyState();
    for (int step = 0;; ++step) {
      const Record record = RecordOf("one");
      const std::string before = Described(Observe(record));
      failing.fail_at = step;
      absl::Status status = cross_connects_->Apply(wanted);
      const bool has_failed = *failing.fail_at < 0;
      failing.fail_at.reset();
      bench_->Reap();
      // Behind the point of no return what fails only clears away the old.
      if (status.ok()) break;
      ASSERT_TRUE(has_failed) << status;
      ASSERT_EQ(Described(Observe(record)), before)
          << "step " << step << " of another plan: " << failing.last;
    }
    present = wanted;
    ASSERT_EQ(cross_connects_->Apply(present), absl::OkStatus());
    ExpectAsWanted(present);
  }
}

}  // namespace nsm::dataplane
