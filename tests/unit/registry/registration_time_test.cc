// SPDX-License-Identifier: Apache-2.0
#include "src/registry/registration_time.h"

#include <gtest/gtest.h>

#include "src/nsm/registry/memory_store.h"
#include "src/nsm/wire/time.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/fake_registry.h"

namespace nsm::registry {
namespace {

class RegistrationTimeTest : public testing::Test {
 protected:
  RegistrationTimeTest() {
    chain_.Add<RegistrationTime>(store_, clock_);
    chain_.Add<StoreRegistry<EndpointKind>>(store_);
  }
  absl::Time Register(NetworkServiceEndpoint entry) {
    Context context;
    return FromTimestamp(chain_.Begin().Register(context, entry).value().initial_registration_time());
  }

  FakeClock clock_;
  MemoryStore<EndpointKind> store_;
  RegistryChain<EndpointKind> chain_;
};

TEST_F(RegistrationTimeTest, StaysThatOfTheFirst) {
  const absl::Time first = clock_.Now();
  EXPECT_EQ(Register(Endpoint("e")), first);
  clock_.Advance(absl::Seconds(40));
  EXPECT_EQ(Register(Endpoint("e")), first);
  ASSERT_TRUE(store_.Remove("e").ok());
  EXPECT_EQ(Register(Endpoint("e")), clock_.Now());
}

TEST_F(RegistrationTimeTest, ARestartedRegistryTakesTheRegistrantsWord) {
  NetworkServiceEndpoint entry = Endpoint("e");
  *entry.mutable_initial_registration_time() = ToTimestamp(clock_.Now() - absl::Hours(1));
  EXPECT_EQ(Register(entry), clock_.Now() - absl::Hours(1));
}

}  // namespace
}  // namespace nsm::registry
