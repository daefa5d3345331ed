// SPDX-License-Identifier: Apache-2.0
// The chains as a whole: what depends on the order of their elements.
#include "src/registry/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/registry/find_all.h"
#include "src/nsm/registry/memory_store.h"
#include "src/nsm/wire/time.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/fake_registry.h"

namespace nsm::registry {
namespace {

using testing::ElementsAre;

class RegistryTest : public testing::Test {
 protected:
  Context By(const std::string& name) {
    Context context;
    context.caller.token = InsecureIdentity(name, absl::Minutes(10), clock_).Make().text;
    context.caller.token_expires = clock_.Now() + absl::Minutes(10);
    return context;
  }
  absl::StatusOr<NetworkServiceEndpoint> Register(const std::string& caller, NetworkServiceEndpoint entry) {
    Context context = By(caller);
    return registry_.endpoints().Begin().Register(context, std::move(entry));
  }

  FakeClock clock_;
  TimerQueue timers_{clock_};
  InsecureIdentity tokens_{"registry", absl::Minutes(10), clock_};
  ChannelPool channels_{tokens_, absl::Seconds(1)};
  AddressMap addresses_;
  OwnDomains own_{{"west"}, addresses_};
  MemoryStore<ServiceKind> services_;
  MemoryStore<EndpointKind> endpoints_{clock_, timers_};
  Registry registry_{{.proxy = std::nullopt, .endpoint_life = absl::Minutes(1)},
                     {clock_, channels_, tokens_, {}, own_, services_, endpoints_}};
};

TEST_F(RegistryTest, WhatIsRegisteredHasAllThatClientsNeed) {
  auto registered = Register("nse", Endpoint("e", {"ns"}, "tcp://192.0.2.1:5001"));
  ASSERT_TRUE(registered.ok()) << registered.status();
  EXPECT_EQ(FromTimestamp(registered->expiration_time()), clock_.Now() + absl::Minutes(1));
  EXPECT_EQ(FromTimestamp(registered->initial_registration_time()), clock_.Now());
  EXPECT_THAT(registered->path_ids(), ElementsAre("insecure:nse", "insecure:registry"));
  EXPECT_EQ(endpoints_.List().at(0).SerializeAsString(), registered->SerializeAsString());
}

TEST_F(RegistryTest, EndpointsExpireAndServicesStay) {
  ASSERT_TRUE(Register("nse", Endpoint("e", {"ns"})).ok());
  Context context = By("nse");
  auto service = registry_.services().Begin().Register(context, Service("ns"));
  ASSERT_TRUE(service.ok()) << service.status();
  EXPECT_EQ(service->payload(), "IP");
  clock_.Advance(absl::Minutes(2));
  timers_.RunDue();
  EXPECT_TRUE(endpoints_.List().empty());
  EXPECT_EQ(services_.List().size(), 1u);
}

TEST_F(RegistryTest, NamesAreNeeded) {
  EXPECT_TRUE(absl::IsInvalidArgument(Register("nse", Endpoint("")).status()));
  Context context;
  EXPECT_TRUE(absl::IsInvalidArgument(registry_.services().Begin().Register(context, Service("")).status()));
}

TEST_F(RegistryTest, ANameHasOneOwner) {
  ASSERT_TRUE(Register("alice", Endpoint("e", {"ns"})).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(Register("bob", Endpoint("e", {"ns"})).status()));
  clock_.Advance(absl::Minutes(2));
  timers_.RunDue();
  EXPECT_TRUE(Register("bob", Endpoint("e", {"ns"})).ok());
}

TEST_F(RegistryTest, OurOwnDomainIsLocal) {
  ASSERT_TRUE(Register("nse", Endpoint("e", {"ns"})).ok());
  NetworkServiceEndpoint wanted;
  wanted.add_network_service_names("ns@west");
  auto found = FindAll(registry_.endpoints().Begin(), Context(), wanted);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->at(0).name(), "e@west");
  EXPECT_TRUE(absl::IsFailedPrecondition(
      FindAll(registry_.endpoints().Begin(), Context(), Endpoint("e@east")).status()));
}

}  // namespace
}  // namespace nsm::registry
