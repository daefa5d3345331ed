// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/memory_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/store_contract.h"

namespace nsm {
namespace {

class MemoryBench final : public StoreBench {
 public:
  Store<ServiceKind>& services(int) override { return services_; }
  Store<EndpointKind>& endpoints(int) override { return endpoints_; }
  FakeClock& clock() override { return clock_; }
  void RunDue() override { timers_.RunDue(); }

 private:
  FakeClock clock_;
  TimerQueue timers_{clock_};
  MemoryStore<ServiceKind> services_{clock_, timers_};
  MemoryStore<EndpointKind> endpoints_{clock_, timers_};
};

INSTANTIATE_TEST_SUITE_P(Memory, StoreContract,
                         testing::Values([] { return std::make_unique<MemoryBench>(); }));

class MemoryStoreTest : public testing::Test {
 protected:
  NetworkServiceEndpoint Ending(const std::string& name, absl::Duration life) {
    NetworkServiceEndpoint entry = Endpoint(name);
    *entry.mutable_expiration_time() = ToTimestamp(clock_.Now() + life);
    return entry;
  }

  FakeClock clock_;
  TimerQueue timers_{clock_};
};

TEST_F(MemoryStoreTest, ItsEndEndsTheWatches) {
  auto sink = std::make_shared<RecordingSink<ServiceKind>>();
  std::shared_ptr<FindCall> call;
  {
    MemoryStore<ServiceKind> store(clock_, timers_);
    call = store.Find(Query(Service("a"), true), sink);
  }
  EXPECT_TRUE(absl::IsUnavailable(*sink->status()));
  call->Cancel();
  EXPECT_EQ(sink->dones(), 1);
}

TEST_F(MemoryStoreTest, WhatHasEndedIsFoundByNobodyWhenTimersAreLate) {
  MemoryStore<EndpointKind> store(clock_, timers_);
  store.Put(Ending("a", absl::Seconds(1))).value();
  store.Put(Ending("b", absl::Seconds(1))).value();
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(store.Get("a").value(), std::nullopt);
  EXPECT_TRUE(store.List().empty());
  auto sink = std::make_shared<RecordingSink<EndpointKind>>();
  store.Find(Query(Endpoint("b")), sink);
  EXPECT_TRUE(sink->names().empty());
  EXPECT_TRUE(store.PutIf(Endpoint("b"), kNoEntry, absl::InfiniteFuture()).ok());
}

TEST_F(MemoryStoreTest, TheWallClockSetForwardEndsNothing) {
  MemoryStore<EndpointKind> store(clock_, timers_);
  store.Put(Ending("a", absl::Minutes(1))).value();
  clock_.Set(absl::Hours(1));
  timers_.RunDue();
  EXPECT_EQ(store.List().size(), 1u);
}

TEST_F(MemoryStoreTest, WithoutAClockNothingEnds) {
  MemoryStore<EndpointKind> store;
  store.Put(Ending("a", -absl::Hours(1))).value();
  EXPECT_EQ(store.List().size(), 1u);
}

}  // namespace
}  // namespace nsm
