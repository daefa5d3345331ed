// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/find_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/nsm/registry/memory_store.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/fake_registry.h"

namespace nsm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Counts what comes this far.
class Counter final : public RegistryElement<EndpointKind> {
 public:
  std::shared_ptr<FindCall> Find(const Context& context, EndpointKind::Query query,
                                 std::shared_ptr<FindSink<EndpointKind>> sink,
                                 RegistryNext<EndpointKind> next) override {
    ++(query.watch() ? watches : finds);
    if (!error.ok()) return EndFind(*sink, error);
    return next.Find(context, std::move(query), std::move(sink));
  }
  absl::Status error;
  int finds = 0;
  int watches = 0;
};

class FindCacheTest : public testing::Test {
 protected:
  FindCacheTest() {
    chain_->Add<FindCache<EndpointKind>>(clock_, timers_, absl::Seconds(2));
    counter_ = &chain_->Add<Counter>();
    chain_->Add<StoreRegistry<EndpointKind>>(store_);
  }
  std::vector<std::string> Find(const std::string& service = "icmp") {
    auto sink = std::make_shared<RecordingSink<EndpointKind>>();
    chain_->Begin().Find({}, Query(Endpoint("", {service})), sink);
    EXPECT_EQ(sink->WaitUntilDone(), absl::OkStatus());
    EXPECT_EQ(sink->dones(), 1);
    return sink->names();
  }
  void Put(const std::string& name, const std::string& url = "") {
    NetworkServiceEndpoint endpoint;
    endpoint.set_name(name);
    endpoint.add_network_service_names("icmp");
    endpoint.set_url(url);
    ASSERT_TRUE(store_.Put(endpoint).ok());
  }
  static EndpointKind::Query Query(NetworkServiceEndpoint wanted) {
    EndpointKind::Query query;
    wanted.clear_network_service_labels();
    *query.mutable_network_service_endpoint() = std::move(wanted);
    return query;
  }

  FakeClock clock_;
  TimerQueue timers_{clock_};
  MemoryStore<EndpointKind> store_;
  std::unique_ptr<RegistryChain<EndpointKind>> chain_ = std::make_unique<RegistryChain<EndpointKind>>();
  Counter* counter_ = nullptr;
};

TEST_F(FindCacheTest, TheSecondFindIsAnsweredFromAWatch) {
  Put("nse-1");
  Put("nse-2");
  EXPECT_THAT(Find(), UnorderedElementsAre("nse-1", "nse-2"));
  EXPECT_THAT(Find(), UnorderedElementsAre("nse-1", "nse-2"));
  EXPECT_EQ(counter_->finds, 1);
  EXPECT_EQ(counter_->watches, 1);
  EXPECT_THAT(Find("another"), IsEmpty());
  EXPECT_EQ(counter_->finds, 2);
}

TEST_F(FindCacheTest, ChangesAreSeen) {
  Put("nse-1");
  Find();
  Put("nse-2");
  EXPECT_THAT(Find(), UnorderedElementsAre("nse-1", "nse-2"));
  ASSERT_TRUE(store_.Remove("nse-1").ok());
  EXPECT_THAT(Find(), ElementsAre("nse-2"));
  EXPECT_EQ(counter_->finds, 1);
}

TEST_F(FindCacheTest, ThatThereIsNothingIsNotRemembered) {
  EXPECT_THAT(Find(), IsEmpty());
  EXPECT_THAT(Find(), IsEmpty());
  EXPECT_EQ(counter_->finds, 2);
  Put("nse-1");
  EXPECT_THAT(Find(), ElementsAre("nse-1"));
  ASSERT_TRUE(store_.Remove("nse-1").ok());
  EXPECT_THAT(Find(), IsEmpty());
  EXPECT_GE(counter_->finds, 3);
}

TEST_F(FindCacheTest, WithoutItsWatchItAsks) {
  counter_->error = absl::UnavailableError("away");
  auto sink = std::make_shared<RecordingSink<EndpointKind>>();
  chain_->Begin().Find({}, Query(Endpoint("", {"icmp"})), sink);
  EXPECT_TRUE(absl::IsUnavailable(sink->WaitUntilDone()));
  counter_->error = absl::OkStatus();
  Put("nse-1");
  EXPECT_THAT(Find(), ElementsAre("nse-1"));
  EXPECT_EQ(counter_->finds, 2);
  EXPECT_EQ(counter_->watches, 2) << "the one that ended is started again";
}

TEST_F(FindCacheTest, AWatchThatNobodyUsesEnds) {
  Put("nse-1");
  Find();
  clock_.Advance(absl::Milliseconds(1500));
  Find();
  clock_.Advance(absl::Milliseconds(1500));
  timers_.RunDue();
  EXPECT_EQ(store_.watches(), 1u) << "it was used";
  clock_.Advance(absl::Seconds(2));
  timers_.RunDue();
  EXPECT_EQ(store_.watches(), 0u);
  EXPECT_EQ(timers_.size(), 0u);
  EXPECT_THAT(Find(), ElementsAre("nse-1"));
  EXPECT_EQ(counter_->finds, 2);
}

TEST_F(FindCacheTest, WatchesEndWithIt) {
  Put("nse-1");
  Find();
  chain_ = nullptr;
  EXPECT_EQ(store_.watches(), 0u);
  clock_.Advance(absl::Seconds(9));
  timers_.RunDue();
}

TEST_F(FindCacheTest, AWatchOfTheCallersPasses) {
  Put("nse-1");
  Find();
  auto sink = std::make_shared<RecordingSink<EndpointKind>>();
  EndpointKind::Query query = Query(Endpoint("", {"icmp"}));
  query.set_watch(true);
  auto call = chain_->Begin().Find({}, query, sink);
  EXPECT_EQ(counter_->watches, 2);
  Put("nse-2");
  sink->WaitForNames(2);
  call->Cancel();
  EXPECT_TRUE(absl::IsCancelled(sink->WaitUntilDone()));
}

}  // namespace
}  // namespace nsm
