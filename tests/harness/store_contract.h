// SPDX-License-Identifier: Apache-2.0
// What a registry takes for granted of its store, as cases that run over every store: include this once in a
// program, and instantiate StoreContract with a MakeStoreBench.
//
// What one replica has done another comes to know sooner or later: cases wait for that by a search with
// watch.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "google/protobuf/util/message_differencer.h"
#include "src/nsm/wire/time.h"
#include "tests/harness/fake_registry.h"
#include "tests/harness/following_sink.h"
#include "tests/harness/store_bench.h"

namespace nsm {

class StoreContract : public ::testing::TestWithParam<MakeStoreBench> {
 protected:
  using Endpoints = Store<EndpointKind>;

  void SetUp() override {
    bench_ = GetParam()();
    if (bench_ == nullptr) GTEST_SKIP() << "this store cannot be had here";
  }

  Endpoints& endpoints(int replica = 0) { return bench_->endpoints(replica); }
  Store<ServiceKind>& services(int replica = 0) { return bench_->services(replica); }
  absl::Time deadline() const { return absl::Now() + absl::Minutes(1); }
  Revision RevisionAt(int replica, const std::string& name) {
    auto known = endpoints(replica).Get(name).value();
    return known ? known->revision : kNoEntry;
  }
  static std::vector<std::string> Found(Endpoints& store, NetworkServiceEndpoint wanted) {
    auto sink = std::make_shared<RecordingSink<EndpointKind>>();
    store.Find(Query(std::move(wanted)), sink);
    EXPECT_EQ(sink->WaitUntilDone(), absl::OkStatus());
    return sink->names();
  }
  // So long from now.
  NetworkServiceEndpoint Ending(const std::string& name, absl::Duration life) {
    NetworkServiceEndpoint entry = Endpoint(name, {"ns"});
    *entry.mutable_expiration_time() = ToTimestamp(bench_->clock().Now() + life);
    return entry;
  }
  void Advance(absl::Duration step) {
    bench_->clock().Advance(step);
    bench_->RunDue();
  }

  std::unique_ptr<StoreBench> bench_;
};

TEST_P(StoreContract, WhatIsPutIsThereAtOnceAndAtAllReplicas) {
  Following<EndpointKind> other(endpoints(1), {});
  const Revision revision = endpoints().Put(Endpoint("a", {"ns"}), deadline()).value();
  EXPECT_NE(revision, kNoEntry);
  EXPECT_EQ(RevisionAt(0, "a"), revision);
  EXPECT_THAT(Found(endpoints(), {}), testing::ElementsAre("a"));
  EXPECT_EQ(endpoints().List().size(), 1u);
  other->AwaitName("a");
  EXPECT_EQ(RevisionAt(1, "a"), revision);
  ASSERT_TRUE(endpoints().Remove("a", deadline()).ok());
  EXPECT_EQ(RevisionAt(0, "a"), kNoEntry);
  EXPECT_THAT(Found(endpoints(), {}), testing::IsEmpty());
  other->AwaitNo("a");
}

TEST_P(StoreContract, EverythingInAnEntryIsKept) {
  NetworkServiceEndpoint endpoint = Endpoint("a", {"ns", "other"}, "tcp://192.0.2.1:5001");
  *endpoint.mutable_expiration_time() =
      ToTimestamp(bench_->clock().Now() + absl::Nanoseconds(60'000'000'001));
  *endpoint.mutable_initial_registration_time() = ToTimestamp(bench_->clock().Now());
  endpoint.add_path_ids("spiffe://west.test/nse");
  endpoint.add_path_ids("");
  NetworkService service = Service("ns", kPayloadEthernet);
  service.add_path_ids("x");
  auto& match = *service.add_matches();
  (*match.mutable_source_selector())["app"] = "{{ .app }}";
  match.set_fallthrough(true);
  auto& route = *match.add_routes();
  route.set_weight(4'000'000'000);
  (*route.mutable_destination_selector())["app"] = "gw \"quoted\" \xc3\xa4";
  (*service.add_matches()->mutable_metadata()->mutable_labels())["p2p"] = "true";
  endpoints().Put(endpoint, deadline()).value();
  services().Put(service, deadline()).value();
  using google::protobuf::util::MessageDifferencer;
  EXPECT_TRUE(MessageDifferencer::Equals(endpoints().Get("a").value()->entry, endpoint))
      << endpoints().Get("a").value()->entry.DebugString();
  EXPECT_TRUE(MessageDifferencer::Equals(services().Get("ns").value()->entry, service))
      << services().Get("ns").value()->entry.DebugString();
}

TEST_P(StoreContract, NamesOfAnyKindAreKeptApart) {
  const std::vector<std::string> names = {"a",
                                          "A",
                                          "a.b",
                                          "a_b",
                                          "a-b",
                                          "a/b",
                                          "a..b",
                                          ".a",
                                          "-",
                                          "_",
                                          "nse@east.test",
                                          "a b",
                                          "\xc3\xa4",
                                          std::string(253, 'x'),
                                          std::string(252, 'x') + "Y",
                                          std::string(252, 'x') + "y"};
  for (const std::string& name : names) {
    NetworkServiceEndpoint entry = Endpoint(name);
    entry.set_url("tcp://" + name);
    endpoints().Put(entry, deadline()).value();
  }
  EXPECT_THAT(Found(endpoints(), {}), testing::UnorderedElementsAreArray(names));
  for (const std::string& name : names) {
    EXPECT_EQ(endpoints().Get(name).value()->entry.url(), "tcp://" + name);
    ASSERT_TRUE(endpoints().Remove(name, deadline()).ok());
    EXPECT_EQ(RevisionAt(0, name), kNoEntry);
  }
}

TEST_P(StoreContract, OneOfTwoWhoAddIsRefused) {
  const Revision first = endpoints(0).PutIf(Endpoint("a", {}, "tcp://1"), kNoEntry, deadline()).value();
  EXPECT_TRUE(
      absl::IsAborted(endpoints(1).PutIf(Endpoint("a", {}, "tcp://2"), kNoEntry, deadline()).status()));
  EXPECT_EQ(endpoints(1).Get("a").value()->revision, first) << "who is refused knows why";
  EXPECT_EQ(endpoints(1).Get("a").value()->entry.url(), "tcp://1");
}

TEST_P(StoreContract, OnlyTheRevisionThatWasLookedAtIsReplacedOrRemoved) {
  Following<EndpointKind> other(endpoints(1), {});
  const Revision first = endpoints(0).Put(Endpoint("a", {}, "tcp://1"), deadline()).value();
  other->AwaitName("a");
  const Revision second = endpoints(1).PutIf(Endpoint("a", {}, "tcp://2"), first, deadline()).value();
  EXPECT_NE(second, first);
  EXPECT_TRUE(absl::IsAborted(endpoints(0).PutIf(Endpoint("a", {}, "tcp://3"), first, deadline()).status()));
  EXPECT_EQ(endpoints(0).Get("a").value()->revision, second);
  EXPECT_TRUE(absl::IsAborted(endpoints(0).RemoveIf("a", first, deadline())));
  EXPECT_EQ(endpoints(0).Get("a").value()->entry.url(), "tcp://2");
  EXPECT_TRUE(endpoints(0).RemoveIf("a", second, deadline()).ok());
  EXPECT_TRUE(endpoints(0).RemoveIf("a", second, deadline()).ok()) << "there is none";
  EXPECT_TRUE(absl::IsAborted(endpoints(0).PutIf(Endpoint("a"), second, deadline()).status()))
      << "there is none to replace";
}

TEST_P(StoreContract, NoChangeIsLostAmongReplicas) {
  constexpr int kChanges = 10;
  auto count = [this](int replica) {
    for (int i = 0; i < kChanges; ++i) {
      EXPECT_TRUE(services(replica)
                      .Change(
                          "ns",
                          [](const NetworkService* known) {
                            NetworkService changed = known == nullptr ? Service("ns") : *known;
                            changed.add_matches()->set_fallthrough(true);
                            return std::optional(changed);
                          },
                          deadline())
                      .ok());
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(count, i % 2);
  for (std::thread& thread : threads) thread.join();
  Following<ServiceKind> all(services(0), {});
  all->Await([](const auto& entries) { return entries.at("ns").matches_size() == 4 * kChanges; });
}

TEST_P(StoreContract, ADecisionThatFailsChangesNothing) {
  const Revision revision = endpoints().Put(Endpoint("a"), deadline()).value();
  auto refuse = [](const NetworkServiceEndpoint*) -> absl::StatusOr<std::optional<NetworkServiceEndpoint>> {
    return absl::PermissionDeniedError("no");
  };
  EXPECT_TRUE(absl::IsPermissionDenied(endpoints().Change("a", refuse, deadline()).status()));
  EXPECT_EQ(RevisionAt(0, "a"), revision);
}

TEST_P(StoreContract, FindEndsAfterTheList) {
  endpoints().Put(Endpoint("a", {"ns"}), deadline()).value();
  endpoints().Put(Endpoint("b", {"ns"}), deadline()).value();
  endpoints().Put(Endpoint("c", {"other"}), deadline()).value();
  NetworkServiceEndpoint wanted;
  wanted.add_network_service_names("ns");
  EXPECT_THAT(Found(endpoints(), wanted), testing::UnorderedElementsAre("a", "b"));
  EXPECT_THAT(Found(endpoints(), Endpoint("c")), testing::ElementsAre("c"));
  EXPECT_THAT(Found(endpoints(), Endpoint("d")), testing::IsEmpty());
}

TEST_P(StoreContract, AWatchTellsWhatIsThereThenEveryChangeUntilItIsCancelled) {
  endpoints().Put(Endpoint("a"), deadline()).value();
  auto sink = std::make_shared<RecordingSink<EndpointKind>>();
  auto call = endpoints().Find(Query(NetworkServiceEndpoint(), true), sink);
  EXPECT_EQ(endpoints().watches(), 1u);
  endpoints().Put(Endpoint("b"), deadline()).value();
  endpoints().Put(Endpoint("a", {"ns"}), deadline()).value();
  ASSERT_TRUE(endpoints().Remove("b", deadline()).ok());
  ASSERT_TRUE(endpoints().Remove("b", deadline()).ok());
  EXPECT_THAT(sink->names(), testing::ElementsAre("a", "b", "a", "-b"));
  EXPECT_EQ(sink->status(), std::nullopt);
  call->Cancel();
  call->Cancel();
  EXPECT_TRUE(absl::IsCancelled(*sink->status()));
  EXPECT_EQ(sink->dones(), 1);
  EXPECT_EQ(endpoints().watches(), 0u);
  endpoints().Put(Endpoint("c"), deadline()).value();
  EXPECT_EQ(sink->names().size(), 4u);
}

TEST_P(StoreContract, AWatchByNameHearsOfNoOther) {
  Following<EndpointKind> watch(endpoints(), Endpoint("a"));
  endpoints().Put(Endpoint("b"), deadline()).value();
  endpoints().Put(Endpoint("a"), deadline()).value();
  EXPECT_THAT(watch->told(), testing::ElementsAre("a"));
}

TEST_P(StoreContract, AnEntryThatNoLongerFitsIsGoneForTheWatch) {
  NetworkServiceEndpoint wanted;
  wanted.add_network_service_names("ns");
  Following<EndpointKind> watch(endpoints(), wanted);
  endpoints().Put(Endpoint("a", {"ns"}), deadline()).value();
  endpoints().Put(Endpoint("a", {"other"}), deadline()).value();
  endpoints().Put(Endpoint("a", {"third"}), deadline()).value();
  EXPECT_THAT(watch->told(), testing::ElementsAre("a", "-a"));
}

TEST_P(StoreContract, NothingIsLostBetweenTheListAndTheWatch) {
  constexpr int kEntries = 20;
  std::thread writer([this] {
    for (int i = 0; i < kEntries; ++i)
      endpoints(i % 2).Put(Endpoint(absl::StrCat("e", i)), deadline()).value();
  });
  std::vector<std::unique_ptr<Following<EndpointKind>>> watches;
  for (int i = 0; i < kEntries; ++i) {
    watches.push_back(std::make_unique<Following<EndpointKind>>(endpoints(i % 2), NetworkServiceEndpoint()));
    std::this_thread::yield();
  }
  writer.join();
  for (const auto& watch : watches) {
    (*watch)->Await([](const auto& entries) { return entries.size() == size_t{kEntries}; });
  }
}

TEST_P(StoreContract, WhatNobodyRenewsEndsAtAllReplicas) {
  Following<EndpointKind> one(endpoints(0), {});
  Following<EndpointKind> other(endpoints(1), {});
  endpoints(0).Put(Ending("a", absl::Minutes(1)), deadline()).value();
  endpoints(0).Put(Endpoint("stays"), deadline()).value();
  other->AwaitName("stays");
  Advance(absl::Seconds(59));
  EXPECT_THAT(Found(endpoints(0), {}), testing::UnorderedElementsAre("a", "stays"));
  EXPECT_THAT(Found(endpoints(1), {}), testing::UnorderedElementsAre("a", "stays"));
  Advance(absl::Seconds(1));
  one->AwaitNo("a");
  other->AwaitNo("a");
  EXPECT_THAT(Found(endpoints(0), {}), testing::ElementsAre("stays"));
  EXPECT_TRUE(endpoints(1).PutIf(Endpoint("a"), kNoEntry, deadline()).ok()) << "its name is free";
}

TEST_P(StoreContract, ARenewalAtAnotherReplicaCounts) {
  Following<EndpointKind> one(endpoints(0), {});
  Following<EndpointKind> other(endpoints(1), {});
  endpoints(0).Put(Ending("a", absl::Minutes(1)), deadline()).value();
  other->AwaitName("a");
  Advance(absl::Seconds(40));
  const NetworkServiceEndpoint renewed = Ending("a", absl::Minutes(1));
  endpoints(1).Put(renewed, deadline()).value();
  one->Await([&](const auto& entries) {
    return entries.at("a").expiration_time().seconds() == renewed.expiration_time().seconds();
  });
  Advance(absl::Seconds(59));
  EXPECT_NE(RevisionAt(0, "a"), kNoEntry);
  EXPECT_NE(RevisionAt(1, "a"), kNoEntry);
  Advance(absl::Seconds(1));
  one->AwaitNo("a");
  other->AwaitNo("a");
  EXPECT_THAT(one->told(), testing::ElementsAre("a", "a", "-a"));
}

TEST_P(StoreContract, WhatIsPutWithoutAnEndHasNone) {
  endpoints().Put(Ending("a", absl::Minutes(1)), deadline()).value();
  endpoints().Put(Endpoint("a"), deadline()).value();
  Advance(absl::Hours(1));
  EXPECT_NE(RevisionAt(0, "a"), kNoEntry);
}

}  // namespace nsm
