// SPDX-License-Identifier: Apache-2.0
#include "src/registry/keep_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/nsm/registry/memory_store.h"
#include "src/nsm/wire/time.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/fake_registry.h"

namespace nsm::registry {
namespace {

class KeepEndpointTest : public testing::Test {
 protected:
  KeepEndpointTest() { chain_.Add<KeepEndpoint>(store_, clock_); }
  static NetworkServiceEndpoint By(const std::string& registrant, NetworkServiceEndpoint entry) {
    entry.add_path_ids(registrant);
    return entry;
  }
  absl::Status Register(const std::string& name, const std::string& registrant) {
    return chain_.Begin().Register(context_, By(registrant, Endpoint(name))).status();
  }
  absl::Status Unregister(const std::string& name, const std::string& registrant) {
    return chain_.Begin().Unregister(context_, By(registrant, Endpoint(name)));
  }
  absl::Time FirstTime(NetworkServiceEndpoint entry) {
    return FromTimestamp(chain_.Begin().Register(context_, entry).value().initial_registration_time());
  }

  FakeClock clock_;
  MemoryStore<EndpointKind> store_;
  RegistryChain<EndpointKind> chain_;
  Context context_;
};

TEST_F(KeepEndpointTest, TheSameRegistrantRenews) {
  EXPECT_TRUE(Register("e", "alice").ok());
  EXPECT_TRUE(Register("e", "alice").ok());
  EXPECT_EQ(store_.List().size(), 1u);
}

TEST_F(KeepEndpointTest, AnotherRegistrantIsRefusedAndNothingChanges) {
  EXPECT_TRUE(Register("e", "alice").ok());
  absl::Status status = Register("e", "bob");
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_THAT(status.ToString(), testing::HasSubstr("alice"));
  EXPECT_TRUE(absl::IsPermissionDenied(Unregister("e", "bob")));
  EXPECT_EQ(store_.List().at(0).path_ids(0), "alice");
}

TEST_F(KeepEndpointTest, TheRegistrysOperatorEndsAnybodysButRegistersNobodys) {
  EXPECT_TRUE(Register("e", "alice").ok());
  context_.caller.is_operator = true;
  EXPECT_TRUE(absl::IsPermissionDenied(Register("e", "operator")));
  EXPECT_TRUE(Unregister("e", "operator").ok());
  EXPECT_TRUE(store_.List().empty());
}

TEST_F(KeepEndpointTest, AfterItsEndTheNameIsFree) {
  EXPECT_TRUE(Register("e", "alice").ok());
  EXPECT_TRUE(Unregister("e", "alice").ok());
  EXPECT_TRUE(Register("e", "bob").ok());
}

TEST_F(KeepEndpointTest, WhatNobodyHasRegisteredIsAnybodys) {
  store_.Put(Endpoint("e")).value();
  EXPECT_TRUE(Register("e", "alice").ok());
  EXPECT_TRUE(absl::IsPermissionDenied(Register("e", "bob")));
}

// Two replicas decide at the same time: what the other has done in between counts.
class Overtaken final : public Store<EndpointKind> {
 public:
  absl::StatusOr<std::optional<Versioned>> Get(const std::string& name) const override {
    return store.Get(name);
  }
  std::vector<NetworkServiceEndpoint> List() const override { return store.List(); }
  std::shared_ptr<FindCall> Find(EndpointKind::Query query,
                                 std::shared_ptr<FindSink<EndpointKind>> sink) override {
    return store.Find(std::move(query), std::move(sink));
  }
  size_t watches() const override { return store.watches(); }
  absl::StatusOr<Revision> PutIf(NetworkServiceEndpoint entry, const Revision& expected,
                                 absl::Time deadline) override {
    Meanwhile();
    return store.PutIf(std::move(entry), expected, deadline);
  }
  absl::Status RemoveIf(const std::string& name, const Revision& expected, absl::Time deadline) override {
    Meanwhile();
    return store.RemoveIf(name, expected, deadline);
  }
  void Meanwhile() {
    if (other) store.Put(*std::exchange(other, std::nullopt)).value();
  }

  MemoryStore<EndpointKind> store;
  std::optional<NetworkServiceEndpoint> other;
};

TEST_F(KeepEndpointTest, WhoWasOvertakenIsJudgedByWhatIsThereNow) {
  Overtaken store;
  RegistryChain<EndpointKind> chain;
  chain.Add<KeepEndpoint>(store, clock_);
  store.other = By("bob", Endpoint("e"));
  EXPECT_TRUE(
      absl::IsPermissionDenied(chain.Begin().Register(context_, By("alice", Endpoint("e"))).status()));
  ASSERT_TRUE(chain.Begin().Unregister(context_, By("bob", Endpoint("e"))).ok());
  ASSERT_TRUE(chain.Begin().Register(context_, By("alice", Endpoint("e"))).ok());
  store.other = By("bob", Endpoint("e"));
  EXPECT_TRUE(absl::IsPermissionDenied(chain.Begin().Unregister(context_, By("alice", Endpoint("e")))));
  EXPECT_EQ(store.List().at(0).path_ids(0), "bob");
}

TEST_F(KeepEndpointTest, TheRegistrationTimeStaysThatOfTheFirst) {
  const absl::Time first = clock_.Now();
  EXPECT_EQ(FirstTime(Endpoint("e")), first);
  clock_.Advance(absl::Seconds(40));
  EXPECT_EQ(FirstTime(Endpoint("e")), first);
  ASSERT_TRUE(store_.Remove("e").ok());
  EXPECT_EQ(FirstTime(Endpoint("e")), clock_.Now());
}

TEST_F(KeepEndpointTest, ARestartedRegistryTakesTheRegistrantsWordForIt) {
  NetworkServiceEndpoint entry = Endpoint("e");
  *entry.mutable_initial_registration_time() = ToTimestamp(clock_.Now() - absl::Hours(1));
  EXPECT_EQ(FirstTime(entry), clock_.Now() - absl::Hours(1));
}

}  // namespace
}  // namespace nsm::registry
