// SPDX-License-Identifier: Apache-2.0
#include "src/registry/kubernetes_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/nsm/wire/expiry.h"
#include "src/registry/object_name.h"
#include "src/registry/object_spec.h"
#include "tests/harness/fake_kubernetes_api.h"
#include "tests/harness/kubernetes_store_bench.h"
#include "tests/harness/store_contract.h"

namespace nsm::registry {
namespace {

using kubernetes::Json;
using kubernetes::Resource;
using testing::ElementsAre;
using testing::HasSubstr;

const char kOwn[] = "nsm-system";

class FakeApiBench final : public StoreBench {
 public:
  FakeApiBench() : bench_(api_, kOwn) { bench_.AwaitFollowing(); }
  Store<ServiceKind>& services(int replica) override { return bench_.services(replica); }
  Store<EndpointKind>& endpoints(int replica) override { return bench_.endpoints(replica); }
  FakeClock& clock() override { return bench_.clock(); }
  void RunDue() override { bench_.RunDue(); }

 private:
  kubernetes::FakeApi api_;
  KubernetesStoreBench bench_;
};

INSTANTIATE_TEST_SUITE_P(Kubernetes, StoreContract,
                         testing::Values([] { return std::make_unique<FakeApiBench>(); }));

class KubernetesStoreTest : public testing::Test {
 protected:
  using Endpoints = KubernetesStore<EndpointKind>;

  static Resource In(const std::string& name_space) {
    return {kObjectGroup, kObjectVersion, ObjectKind<EndpointKind>::kPlural, name_space};
  }
  static Json ObjectOf(const NetworkServiceEndpoint& entry, const std::string& object = "") {
    return {{"apiVersion", "networkservicemesh.io/v1"},
            {"kind", "NetworkServiceEndpoint"},
            {"metadata", {{"name", object.empty() ? ObjectName(entry.name()) : object}}},
            {"spec", ToSpec<EndpointKind>(entry).value()}};
  }
  NetworkServiceEndpoint Ending(const std::string& name, absl::Duration life) {
    NetworkServiceEndpoint entry = Endpoint(name);
    *entry.mutable_expiration_time() = ToTimestamp(clock_.Now() + life);
    return entry;
  }
  void Start() {
    store_.emplace(api_, kOwn, clock_, timers_);
    AwaitFollowing(true);
  }
  void AwaitFollowing(bool is_followed) {
    while (store_->state().ok() != is_followed) std::this_thread::yield();
  }
  void GoAway() {
    api_.GoAway();
    AwaitFollowing(false);
  }
  void ComeBack() {
    api_.ComeBack();
    AwaitFollowing(true);
  }
  void Advance(absl::Duration step) {
    clock_.Advance(step);
    timers_.RunDue();
  }
  std::vector<std::string> Found() {
    auto sink = std::make_shared<RecordingSink<EndpointKind>>();
    store_->Find(Query(NetworkServiceEndpoint()), sink);
    EXPECT_EQ(sink->WaitUntilDone(), absl::OkStatus());
    return sink->names();
  }
  // In the past: tried once.
  static absl::Time Once() { return absl::Now(); }

  FakeClock clock_;
  TimerQueue timers_{clock_};
  kubernetes::FakeApi api_;
  std::optional<Endpoints> store_;
};

TEST_F(KubernetesStoreTest, AnEntryIsAnObjectInOurNamespace) {
  Start();
  store_->Put(Endpoint("My_Endpoint", {"ns"}, "tcp://192.0.2.1:5001")).value();
  Json object = api_.Get(In(kOwn), ObjectName("My_Endpoint")).value();
  EXPECT_EQ(object["apiVersion"], "networkservicemesh.io/v1");
  EXPECT_EQ(object["kind"], "NetworkServiceEndpoint");
  EXPECT_EQ(object["spec"]["name"], "My_Endpoint");
  EXPECT_EQ(object["spec"]["network_service_names"], Json::array({"ns"}));
}

TEST_F(KubernetesStoreTest, WhatOthersWriteIsSeenInAllNamespaces) {
  api_.Create(In("default"), ObjectOf(Endpoint("before"))).value();
  Start();
  EXPECT_THAT(Found(), ElementsAre("before"));
  Following<EndpointKind> watch(*store_, {});
  Json made = api_.Create(In("elsewhere"), ObjectOf(Endpoint("a", {}, "tcp://1"))).value();
  watch->AwaitName("a");
  made["spec"]["url"] = "tcp://2";
  api_.Update(In("elsewhere"), made).value();
  watch->Await([](const auto& entries) { return entries.at("a").url() == "tcp://2"; });
  ASSERT_TRUE(api_.Delete(In("elsewhere"), "a", {}).ok());
  watch->AwaitNo("a");
}

TEST_F(KubernetesStoreTest, WhatOthersHaveAddedToAnObjectStays) {
  Start();
  store_->Put(Endpoint("a")).value();
  api_.Patch(In(kOwn), "a", {{"metadata", {{"labels", {{"team", "x"}}}, {"annotations", {{"why", "y"}}}}}})
      .value();
  store_->Put(Endpoint("a", {"ns"})).value();
  Json object = api_.Get(In(kOwn), "a").value();
  EXPECT_EQ(object["metadata"]["labels"]["team"], "x");
  EXPECT_EQ(object["metadata"]["annotations"]["why"], "y");
  EXPECT_EQ(object["spec"]["network_service_names"], Json::array({"ns"}));
}

TEST_F(KubernetesStoreTest, OursCountsAndAnotherNamespacesStays) {
  api_.Create(In("default"), ObjectOf(Endpoint("a", {}, "tcp://theirs"))).value();
  Start();
  Following<EndpointKind> watch(*store_, {});
  store_->Put(Endpoint("a", {}, "tcp://ours")).value();
  EXPECT_EQ(store_->Get("a").value()->entry.url(), "tcp://ours");
  EXPECT_TRUE(api_.Get(In("default"), "a").ok());
  ASSERT_TRUE(api_.Delete(In(kOwn), "a", {}).ok());
  watch->Await([](const auto& entries) { return entries.at("a").url() == "tcp://theirs"; });
  EXPECT_THAT(watch->told(), ElementsAre("a", "a", "a"));
  ASSERT_TRUE(store_->Remove("a").ok());
  EXPECT_TRUE(absl::IsNotFound(api_.Get(In("default"), "a").status()));
}

TEST_F(KubernetesStoreTest, AnEntryThatHasAnotherObjectOfOursKeepsIt) {
  api_.Create(In(kOwn), ObjectOf(Endpoint("a"), "by-hand")).value();
  Start();
  store_->Put(Endpoint("a", {"ns"})).value();
  EXPECT_EQ(api_.Get(In(kOwn), "by-hand").value()["spec"]["network_service_names"], Json::array({"ns"}));
  EXPECT_TRUE(absl::IsNotFound(api_.Get(In(kOwn), "a").status()));
}

TEST_F(KubernetesStoreTest, AnObjectOfAnotherEntryIsNotTaken) {
  api_.Create(In(kOwn), ObjectOf(Endpoint("other"), "a")).value();
  Start();
  absl::Status status = store_->Put(Endpoint("a")).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(status.message(), HasSubstr("nsm-system/a is taken by other"));
}

TEST_F(KubernetesStoreTest, WhatMakesNoEntryIsLeftOutAndReplaced) {
  Json broken = ObjectOf(Endpoint("a"));
  broken["spec"]["url"] = 5.5;
  broken["spec"]["network_service_names"] = "ns";
  api_.Create(In(kOwn), broken).value();
  Start();
  EXPECT_THAT(Found(), ElementsAre());
  store_->Put(Endpoint("a")).value();
  EXPECT_THAT(Found(), ElementsAre("a"));
}

TEST_F(KubernetesStoreTest, WhatChangesNothingReturnsAtOnce) {
  Start();
  const Revision revision = store_->Put(Endpoint("a")).value();
  EXPECT_EQ(store_->Put(Endpoint("a")).value(), revision);
}

TEST_F(KubernetesStoreTest, AnotherEndpointOfAServiceWritesNothing) {
  KubernetesStore<ServiceKind> services(api_, kOwn, clock_, timers_);
  while (!services.state().ok()) std::this_thread::yield();
  NetworkService service = Service("ns", "IP");
  service.add_path_ids("alice");
  const Revision revision = services.Put(service).value();
  service.set_path_ids(0, "bob");
  EXPECT_EQ(services.Put(service).value(), revision);
  service.set_payload("ETHERNET");
  EXPECT_NE(services.Put(service).value(), revision);
  EXPECT_EQ(api_.calls("update"), 1);
}

TEST_F(KubernetesStoreTest, AServiceThatSomebodyWroteWithMatchesCountsAndStays) {
  KubernetesStore<ServiceKind> services(api_, kOwn, clock_, timers_);
  while (!services.state().ok()) std::this_thread::yield();
  Following<ServiceKind> watch(services, {});
  const Revision without = services.Put(Service("ns", "ETHERNET")).value();
  NetworkService theirs = Service("ns", "IP");
  theirs.add_matches()->add_routes();
  const Json object = {{"apiVersion", "networkservicemesh.io/v1"},
                       {"kind", "NetworkService"},
                       {"metadata", {{"name", "ns"}}},
                       {"spec", ToSpec<ServiceKind>(theirs).value()}};
  Resource in_default = In("default");
  in_default.plural = ObjectKind<ServiceKind>::kPlural;
  api_.Create(in_default, object).value();
  watch->Await(
      [](const auto& entries) { return entries.contains("ns") && entries.at("ns").payload() == "IP"; });

  NetworkService ours = Service("ns", "ETHERNET");
  ours.add_matches();
  EXPECT_NE(services.Put(ours).value(), without)
      << "the object of ours is written, which is not the one that counted";
  EXPECT_EQ(services.Get("ns").value()->entry.payload(), "ETHERNET");
  EXPECT_EQ(api_.Get(in_default, "ns").value()["spec"], object["spec"]);
}

TEST_F(KubernetesStoreTest, WhileTheServerIsAwayWhatIsKnownIsFound) {
  Start();
  store_->Put(Endpoint("a")).value();
  GoAway();
  EXPECT_THAT(Found(), ElementsAre("a"));
  for (const absl::Status& status :
       {store_->Put(Endpoint("a", {"ns"}), Once()).status(), store_->Put(Endpoint("b"), Once()).status(),
        store_->Remove("a", Once())}) {
    EXPECT_TRUE(absl::IsUnavailable(status));
    EXPECT_THAT(status.message(), HasSubstr("the Kubernetes API server could not be told in time"));
  }
  EXPECT_THAT(Found(), ElementsAre("a"));
  ComeBack();
  EXPECT_TRUE(store_->Put(Endpoint("b"), Once()).ok());
}

TEST_F(KubernetesStoreTest, AChangeIsTriedUntilItsDeadline) {
  Start();
  GoAway();
  std::thread change([&] { EXPECT_TRUE(store_->Put(Endpoint("a"), absl::Now() + absl::Minutes(1)).ok()); });
  api_.AwaitCalls("create", 2);
  api_.ComeBack();
  change.join();
  EXPECT_THAT(Found(), ElementsAre("a"));
}

TEST_F(KubernetesStoreTest, ItsStopEndsTheTries) {
  Start();
  GoAway();
  std::thread change([&] {
    EXPECT_TRUE(absl::IsUnavailable(store_->Put(Endpoint("a"), absl::Now() + absl::Minutes(1)).status()));
  });
  api_.AwaitCalls("create", 1);
  store_->Stop();
  change.join();
}

TEST_F(KubernetesStoreTest, BeforeTheFirstListNothingIsSaid) {
  api_.GoAway();
  store_.emplace(api_, kOwn, clock_, timers_);
  auto sink = std::make_shared<RecordingSink<EndpointKind>>();
  store_->Find(Query(NetworkServiceEndpoint(), true), sink);
  EXPECT_TRUE(absl::IsUnavailable(sink->WaitUntilDone()));
  EXPECT_TRUE(absl::IsUnavailable(store_->Get("a").status()));
  EXPECT_TRUE(absl::IsUnavailable(store_->Put(Endpoint("a"), Once()).status()));
  ComeBack();
  EXPECT_THAT(Found(), ElementsAre());
}

TEST_F(KubernetesStoreTest, ChangesDuringAnOutageAreToldAfterIt) {
  Start();
  store_->Put(Endpoint("gone")).value();
  Following<EndpointKind> watch(*store_, {});
  api_.FailNext("watch", absl::UnavailableError("not yet"));
  api_.EndWatches();
  ASSERT_TRUE(api_.Delete(In(kOwn), "gone", {}).ok());
  api_.Create(In("default"), ObjectOf(Endpoint("new"))).value();
  api_.Compact();
  watch->AwaitNo("gone");
  watch->AwaitName("new");
}

TEST_F(KubernetesStoreTest, WhatThisRegistryMayNotWriteIsItsOwnFault) {
  Start();
  for (const absl::Status& status : {absl::PermissionDeniedError("rbac"), absl::UnauthenticatedError("token"),
                                     absl::NotFoundError("namespaces \"nsm-system\" not found")}) {
    api_.FailNext("create", status);
    absl::Status put = store_->Put(Endpoint("a")).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(put)) << put;
    EXPECT_THAT(put.message(), HasSubstr(std::string(status.message())));
  }
  api_.FailNext("create", absl::InvalidArgumentError("spec.payload: Unsupported value"));
  EXPECT_TRUE(absl::IsInvalidArgument(store_->Put(Endpoint("a")).status()));
}

TEST_F(KubernetesStoreTest, NothingEndsWhileTheServerIsAwayAndAMinuteAfter) {
  Start();
  Following<EndpointKind> watch(*store_, {});
  for (const char* name : {"renewed", "dead"}) store_->Put(Ending(name, absl::Minutes(1))).value();
  GoAway();
  for (int i = 0; i < 20; ++i) Advance(absl::Seconds(10));
  EXPECT_THAT(Found(), testing::UnorderedElementsAre("renewed", "dead"));
  ComeBack();
  Advance(absl::Seconds(5));
  EXPECT_THAT(Found(), testing::UnorderedElementsAre("renewed", "dead")) << "they may yet be renewed";
  store_->Put(Ending("renewed", absl::Minutes(1))).value();
  for (int i = 0; i < 11; ++i) Advance(absl::Seconds(5));
  watch->AwaitNo("dead");
  EXPECT_THAT(Found(), ElementsAre("renewed"));
  Advance(absl::Seconds(5));
  watch->AwaitNo("renewed");
}

TEST_F(KubernetesStoreTest, ADeletionThatDoesNotReachTheServerIsTriedLater) {
  Start();
  Following<EndpointKind> watch(*store_, {});
  store_->Put(Ending("a", absl::Minutes(1))).value();
  api_.FailNext("delete", absl::UnavailableError("broke off"));
  Advance(absl::Minutes(1));
  EXPECT_THAT(Found(), ElementsAre("a"));
  for (int i = 0; i < 12; ++i) Advance(absl::Seconds(5));
  watch->AwaitNo("a");
}

TEST_F(KubernetesStoreTest, ARenewalThatIsNotYetKnownIsNotUndone) {
  Start();
  store_->Put(Ending("a", absl::Minutes(1))).value();
  // Another replica's, which this one has not heard of when it looks.
  api_.FailNext("delete", absl::AbortedError("the object has been modified"));
  Advance(absl::Minutes(1));
  EXPECT_THAT(Found(), ElementsAre("a"));
  EXPECT_TRUE(api_.Get(In(kOwn), "a").ok());
}

TEST_F(KubernetesStoreTest, AnothersEntryLivesForAMinuteAtLeastSinceClocksDiffer) {
  api_.Create(In(kOwn), ObjectOf(Ending("listed", -absl::Minutes(4)))).value();
  Start();
  Following<EndpointKind> watch(*store_, {});
  api_.Create(In(kOwn), ObjectOf(Ending("seen", absl::Seconds(10)))).value();
  watch->AwaitName("seen");
  Advance(absl::Seconds(59));
  EXPECT_THAT(Found(), testing::UnorderedElementsAre("listed", "seen"));
  Advance(absl::Seconds(1));
  watch->AwaitNo("listed");
  watch->AwaitNo("seen");
}

TEST_F(KubernetesStoreTest, OurOwnEntryIsTakenAtItsWord) {
  Start();
  Following<EndpointKind> watch(*store_, {});
  store_->Put(Ending("a", absl::Seconds(10))).value();
  Advance(absl::Seconds(10));
  watch->AwaitNo("a");
}

TEST_F(KubernetesStoreTest, WhatEndedLongAgoIsNotFoundAndRemoved) {
  api_.Create(In("default"), ObjectOf(Ending("old", -kClockTolerance - absl::Seconds(1)))).value();
  Start();
  EXPECT_THAT(Found(), ElementsAre());
  timers_.RunDue();
  EXPECT_TRUE(absl::IsNotFound(api_.Get(In("default"), "old").status()));
}

TEST_F(KubernetesStoreTest, WhatMayNotBeRemovedIsNotFoundAllTheSame) {
  Start();
  Following<EndpointKind> watch(*store_, {});
  store_->Put(Ending("a", absl::Minutes(1))).value();
  api_.FailNext("delete", absl::PermissionDeniedError("rbac"));
  Advance(absl::Minutes(1));
  EXPECT_THAT(watch->told(), ElementsAre("a", "-a"));
  EXPECT_TRUE(store_->Put(Ending("a", absl::Minutes(1))).ok()) << "and comes back when it is renewed";
  EXPECT_THAT(Found(), ElementsAre("a"));
}

TEST_F(KubernetesStoreTest, ItsEndEndsTheWatches) {
  Start();
  auto sink = std::make_shared<RecordingSink<EndpointKind>>();
  std::shared_ptr<FindCall> call = store_->Find(Query(NetworkServiceEndpoint(), true), sink);
  store_.reset();
  EXPECT_TRUE(absl::IsUnavailable(*sink->status()));
  call->Cancel();
}

}  // namespace
}  // namespace nsm::registry
