// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/memory_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/fake_registry.h"

namespace nsm {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class MemoryStoreTest : public testing::Test {
 protected:
  std::shared_ptr<FindCall> Find(NetworkServiceEndpoint wanted, bool watch) {
    return store_.Find(Query(std::move(wanted), watch), sink_);
  }

  MemoryStore<EndpointKind> store_;
  std::shared_ptr<RecordingSink<EndpointKind>> sink_ = std::make_shared<RecordingSink<EndpointKind>>();
};

TEST_F(MemoryStoreTest, FindEndsAfterTheList) {
  store_.Put(Endpoint("a", {"ns"})).value();
  store_.Put(Endpoint("b", {"ns"})).value();
  store_.Put(Endpoint("c", {"other"})).value();
  NetworkServiceEndpoint wanted;
  wanted.add_network_service_names("ns");
  Find(wanted, false)->Cancel();
  EXPECT_THAT(sink_->names(), UnorderedElementsAre("a", "b"));
  EXPECT_EQ(sink_->status(), absl::OkStatus());
  EXPECT_EQ(sink_->dones(), 1);
}

TEST_F(MemoryStoreTest, WatchTellsWhatIsThereThenEveryChangeUntilCancelled) {
  store_.Put(Endpoint("a")).value();
  auto call = Find({}, true);
  store_.Put(Endpoint("b")).value();
  store_.Put(Endpoint("a")).value();
  ASSERT_TRUE(store_.Remove("b").ok());
  ASSERT_TRUE(store_.Remove("b").ok());
  EXPECT_THAT(sink_->names(), ElementsAre("a", "b", "a", "-b"));
  EXPECT_EQ(sink_->status(), std::nullopt);
  call->Cancel();
  call->Cancel();
  EXPECT_TRUE(absl::IsCancelled(*sink_->status()));
  EXPECT_EQ(sink_->dones(), 1);
  EXPECT_EQ(store_.watches(), 0u);
  store_.Put(Endpoint("c")).value();
  EXPECT_EQ(sink_->names().size(), 4u);
}

TEST_F(MemoryStoreTest, WatchByNameHearsOfNoOther) {
  Find(Endpoint("a"), true);
  store_.Put(Endpoint("b")).value();
  store_.Put(Endpoint("a")).value();
  EXPECT_THAT(sink_->names(), ElementsAre("a"));
}

TEST_F(MemoryStoreTest, AnEntryThatNoLongerFitsIsGoneForTheWatch) {
  NetworkServiceEndpoint wanted;
  wanted.add_network_service_names("ns");
  Find(wanted, true);
  store_.Put(Endpoint("a", {"ns"})).value();
  store_.Put(Endpoint("a", {"other"})).value();
  store_.Put(Endpoint("a", {"third"})).value();
  EXPECT_THAT(sink_->names(), ElementsAre("a", "-a"));
}

TEST_F(MemoryStoreTest, RevisionsGrow) {
  uint64_t first = store_.Put(Endpoint("a")).value();
  ASSERT_TRUE(store_.Remove("a").ok());
  uint64_t second = store_.Put(Endpoint("a")).value();
  EXPECT_GT(second, first + 1) << "a removal is a change too";
  EXPECT_EQ(store_.Get("a").value()->revision, second);
  EXPECT_EQ(store_.Get("b").value(), std::nullopt);
}

TEST(MemoryStore, ItsEndEndsTheWatches) {
  auto sink = std::make_shared<RecordingSink<ServiceKind>>();
  std::shared_ptr<FindCall> call;
  {
    MemoryStore<ServiceKind> store;
    call = store.Find(Query(Service("a"), true), sink);
  }
  EXPECT_TRUE(absl::IsUnavailable(*sink->status()));
  call->Cancel();
  EXPECT_EQ(sink->dones(), 1);
}

}  // namespace
}  // namespace nsm
