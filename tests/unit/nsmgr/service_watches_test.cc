// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/service_watches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/nsm/registry/memory_store.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/fake_registry.h"

namespace nsm::nsmgr {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

// Fails searches while it is told to.
template <typename Kind>
class Breaker final : public RegistryElement<Kind> {
 public:
  std::shared_ptr<FindCall> Find(const Context& context, typename Kind::Query query,
                                 std::shared_ptr<FindSink<Kind>> sink, RegistryNext<Kind> next) override {
    ++finds;
    if (!error.ok()) return EndFind(*sink, error);
    return next.Find(context, std::move(query), std::move(sink));
  }
  absl::Status error;
  int finds = 0;
};

class ServiceMonitorTest : public testing::Test {
 protected:
  ServiceMonitorTest() {
    service_breaker_ = &services_.Add<Breaker<ServiceKind>>();
    services_.Add<StoreRegistry<ServiceKind>>(service_store_);
    endpoint_breaker_ = &endpoints_.Add<Breaker<EndpointKind>>();
    endpoints_.Add<StoreRegistry<EndpointKind>>(endpoint_store_);
    for (const char* name : {"a", "b"}) EXPECT_TRUE(endpoint_store_.Put(Endpoint(name, {"ns"})).ok());
  }
  // Has the service choose endpoints by app, which is an endpoint's name.
  void Choose(const std::string& app) {
    NetworkService service = Service("ns");
    (*service.add_matches()->add_routes()->mutable_destination_selector())["app"] = app;
    ASSERT_TRUE(service_store_.Put(service).ok());
    timers_.RunDue();
  }
  void Watch(const std::string& id, const std::string& endpoint, const std::string& client_app = "") {
    ServiceWatches::Choice choice{.service = "ns", .endpoint = endpoint, .client_labels = {}};
    choice.client_labels["app"] = client_app;
    monitor_->Watch(id, choice, [this, id] {
      closed_.push_back(id);
      if (!is_asked_again_) monitor_->Forget(id);  // as the chain does
    });
    timers_.RunDue();
  }
  std::vector<std::string> Closed() { return std::exchange(closed_, {}); }
  void Tick() {
    clock_.Advance(absl::Seconds(1));
    timers_.RunDue();
  }

  FakeClock clock_;
  TimerQueue timers_{clock_};
  MemoryStore<ServiceKind> service_store_;
  MemoryStore<EndpointKind> endpoint_store_;
  RegistryChain<ServiceKind> services_;
  RegistryChain<EndpointKind> endpoints_;
  Breaker<ServiceKind>* service_breaker_ = nullptr;
  Breaker<EndpointKind>* endpoint_breaker_ = nullptr;
  std::vector<std::string> closed_;
  bool is_asked_again_ = false;  // closes come too late
  std::unique_ptr<ServiceWatches> monitor_ =
      std::make_unique<ServiceWatches>(services_, endpoints_, clock_, timers_);
};

TEST_F(ServiceMonitorTest, AChangeClosesThoseWhoseEndpointIsNoLongerChosen) {
  ASSERT_TRUE(service_store_.Put(Service("ns")).ok());
  Watch("1", "a");
  Watch("2", "b");
  EXPECT_THAT(Closed(), IsEmpty()) << "without matches any endpoint will do";
  Choose("b");
  EXPECT_THAT(Closed(), ElementsAre("1"));
  Watch("1", "b");
  Choose("{{.app}}");
  EXPECT_THAT(Closed(), ElementsAre("1", "2"));
  Watch("1", "a", "a");
  EXPECT_THAT(Closed(), IsEmpty());
}

TEST_F(ServiceMonitorTest, AChoiceThatIsOldAlreadyIsClosedAtOnce) {
  Choose("b");
  Watch("1", "a");
  EXPECT_THAT(Closed(), ElementsAre("1"));
  Watch("2", "b");
  Watch("3", "a");
  EXPECT_THAT(Closed(), ElementsAre("3")) << "also where the service is known before";
  Watch("2", "a");
  EXPECT_THAT(Closed(), ElementsAre("2")) << "and where a known connection has come to another endpoint";
}

TEST_F(ServiceMonitorTest, OneThatIsAskedForAgainBeforeItsCloseIsClosedThen) {
  Choose("b");
  is_asked_again_ = true;
  Watch("1", "a");
  EXPECT_THAT(Closed(), Contains("1"));
  is_asked_again_ = false;
  Watch("1", "a");
  EXPECT_THAT(Closed(), ElementsAre("1"));
}

TEST_F(ServiceMonitorTest, EndpointsAreLookedUpOnlyAfterAChange) {
  Choose("a");
  Watch("1", "a");
  const int finds = endpoint_breaker_->finds;
  Watch("1", "a");
  Choose("a");  // the same again
  ASSERT_TRUE(endpoint_store_.Put(Endpoint("a", {"ns"})).ok());
  Tick();
  EXPECT_EQ(endpoint_breaker_->finds, finds);
}

TEST_F(ServiceMonitorTest, AnEndpointWithOtherLabelsThanItWasChosenForIsLeft) {
  Choose("a");
  Watch("1", "a");
  Watch("2", "a");
  NetworkServiceEndpoint other = Endpoint("a", {"ns"});
  (*(*other.mutable_network_service_labels())["ns"].mutable_labels())["app"] = "other";
  ASSERT_TRUE(endpoint_store_.Put(other).ok());
  timers_.RunDue();
  EXPECT_THAT(Closed(), ElementsAre("1", "2"));
  Watch("3", "b");
  EXPECT_THAT(Closed(), ElementsAre("3"));
  EXPECT_EQ(endpoint_store_.watches(), 1u) << "one for all";
  Tick();
  EXPECT_EQ(endpoint_store_.watches(), 0u);
}

TEST_F(ServiceMonitorTest, AMissingEndpointOrServiceIsNoReason) {
  Choose("b");
  Watch("1", "gone");
  EXPECT_TRUE(service_store_.Remove("ns").ok());
  Watch("2", "gone");
  Tick();
  EXPECT_THAT(Closed(), IsEmpty());
}

TEST_F(ServiceMonitorTest, OneWatchForAllConnectionsEndsASecondAfterTheLast) {
  Watch("1", "a");
  Watch("2", "b");
  EXPECT_EQ(service_store_.watches(), 1u);
  monitor_->Forget("1");
  monitor_->Forget("1");
  EXPECT_EQ(service_store_.watches(), 1u);
  monitor_->Forget("2");
  clock_.Advance(absl::Milliseconds(600));
  Watch("3", "a");
  monitor_->Forget("3");
  clock_.Advance(absl::Milliseconds(600));
  timers_.RunDue();
  EXPECT_EQ(service_store_.watches(), 1u);
  Watch("4", "a");
  Tick();
  EXPECT_EQ(service_store_.watches(), 1u) << "it is used again";
  monitor_->Forget("4");
  Tick();
  EXPECT_EQ(service_store_.watches(), 0u);
  EXPECT_EQ(monitor_->watches(), 0u);
  EXPECT_EQ(timers_.size(), 0u);
}

TEST_F(ServiceMonitorTest, AConnectionThatChangesItsServiceIsWatchedThereOnly) {
  ASSERT_TRUE(service_store_.Put(Service("ns")).ok());
  ASSERT_TRUE(service_store_.Put(Service("other")).ok());
  Watch("1", "a");
  monitor_->Watch("1", {.service = "other", .endpoint = "a", .client_labels = {}}, [] {});
  Tick();
  EXPECT_EQ(monitor_->connections(), 1u);
  EXPECT_EQ(monitor_->watches(), 1u);
  Choose("b");
  EXPECT_THAT(Closed(), IsEmpty());
}

TEST_F(ServiceMonitorTest, ALostWatchIsOpenedAgainUntilItsLastConnectionIsGone) {
  service_breaker_->error = absl::UnavailableError("away");
  Watch("1", "a");
  Tick();
  EXPECT_EQ(service_breaker_->finds, 2);
  service_breaker_->error = absl::OkStatus();
  Choose("b");
  EXPECT_THAT(Closed(), IsEmpty());
  Tick();
  EXPECT_THAT(Closed(), ElementsAre("1"));
  Tick();
  EXPECT_EQ(service_breaker_->finds, 3);
  EXPECT_EQ(timers_.size(), 0u);
}

TEST_F(ServiceMonitorTest, AFailedLookUpIsTriedAgain) {
  endpoint_breaker_->error = absl::UnavailableError("away");
  Choose("b");
  Watch("1", "a");
  EXPECT_THAT(Closed(), IsEmpty());
  endpoint_breaker_->error = absl::OkStatus();
  Tick();
  EXPECT_THAT(Closed(), ElementsAre("1"));
}

TEST_F(ServiceMonitorTest, ItsEndEndsEverything) {
  Watch("1", "a");
  NetworkService changed = Service("ns");
  changed.add_matches();
  ASSERT_TRUE(service_store_.Put(changed).ok());
  monitor_ = nullptr;
  EXPECT_EQ(service_store_.watches(), 0u);
  Tick();
  EXPECT_THAT(Closed(), IsEmpty());
}

}  // namespace
}  // namespace nsm::nsmgr
