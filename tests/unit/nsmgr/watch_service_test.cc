// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/watch_service.h"

#include <gtest/gtest.h>

#include "src/nsm/registry/memory_store.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/fake_registry.h"

namespace nsm::nsmgr {
namespace {

class WatchServiceTest : public testing::Test {
 protected:
  WatchServiceTest() {
    services_.Add<StoreRegistry<ServiceKind>>(service_store_);
    endpoints_.Add<StoreRegistry<EndpointKind>>(endpoint_store_);
    chain_.Add<WatchService>(monitor_);
    end_ = &chain_.Add<ChainEnd>();
    end_->answer = [](Connection connection) {
      connection.set_network_service_endpoint_name("a");
      connection.clear_labels();
      return connection;
    };
    context_.caller.is_local = true;
    context_.close_later = [this] { ++closes_; };
    connection_.set_network_service("ns");
    (*connection_.mutable_labels())["team"] = "blue";
    EXPECT_TRUE(endpoint_store_.Put(Endpoint("a", {"ns"})).ok());
  }

  FakeClock clock_;
  TimerQueue timers_{clock_};
  MemoryStore<ServiceKind> service_store_;
  MemoryStore<EndpointKind> endpoint_store_;
  RegistryChain<ServiceKind> services_;
  RegistryChain<EndpointKind> endpoints_;
  Chain chain_;
  ServiceWatches monitor_{services_, endpoints_, clock_, timers_};
  ChainEnd* end_ = nullptr;
  Context context_;
  Connection connection_ = ConnectionThrough({"nsc", "nsmgr"}, 1);
  int closes_ = 0;
};

TEST_F(WatchServiceTest, ClosesWhenTheServiceNoLongerLetsThisClientHaveItsEndpoint) {
  ASSERT_TRUE(chain_.Request(context_, RequestFor(connection_)).ok());
  NetworkService service = Service("ns");
  ::registry::Match& match = *service.add_matches();
  (*match.mutable_source_selector())["team"] = "blue";
  (*match.add_routes()->mutable_destination_selector())["app"] = "a";
  ASSERT_TRUE(service_store_.Put(service).ok());
  timers_.RunDue();
  EXPECT_EQ(closes_, 0) << "the client's labels are those that it asked with";
  (*match.mutable_source_selector())["team"] = "red";
  ASSERT_TRUE(service_store_.Put(service).ok());
  timers_.RunDue();
  EXPECT_EQ(closes_, 1);
}

TEST_F(WatchServiceTest, WatchesOnlyWhatThisNodesClientsHave) {
  end_->answer = [](Connection) { return absl::UnavailableError(""); };
  EXPECT_FALSE(chain_.Request(context_, RequestFor(connection_)).ok());
  EXPECT_EQ(monitor_.connections(), 0u);
  end_->answer = nullptr;
  context_.caller.is_local = false;
  ASSERT_TRUE(chain_.Request(context_, RequestFor(connection_)).ok());
  EXPECT_EQ(monitor_.connections(), 0u);
  context_.caller.is_local = true;
  ASSERT_TRUE(chain_.Request(context_, RequestFor(connection_)).ok());
  EXPECT_EQ(monitor_.connections(), 1u);
  ASSERT_TRUE(chain_.Close(context_, connection_).ok());
  EXPECT_EQ(monitor_.connections(), 0u);
  EXPECT_EQ(end_->closes.size(), 1u);
}

}  // namespace
}  // namespace nsm::nsmgr
