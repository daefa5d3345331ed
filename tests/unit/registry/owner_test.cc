// SPDX-License-Identifier: Apache-2.0
#include "src/registry/owner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/nsm/registry/memory_store.h"
#include "tests/harness/fake_registry.h"

namespace nsm::registry {
namespace {

class OwnerTest : public testing::Test {
 protected:
  OwnerTest() {
    chain_.Add<Owner>(store_);
    chain_.Add<StoreRegistry<EndpointKind>>(store_);
  }
  absl::Status Register(const std::string& name, const std::string& registrant) {
    NetworkServiceEndpoint entry = Endpoint(name);
    entry.add_path_ids(registrant);
    return chain_.Begin().Register(context_, entry).status();
  }
  absl::Status Unregister(const std::string& name, const std::string& registrant) {
    NetworkServiceEndpoint entry = Endpoint(name);
    entry.add_path_ids(registrant);
    return chain_.Begin().Unregister(context_, entry);
  }

  MemoryStore<EndpointKind> store_;
  RegistryChain<EndpointKind> chain_;
  Context context_;
};

TEST_F(OwnerTest, TheSameRegistrantRenews) {
  EXPECT_TRUE(Register("e", "alice").ok());
  EXPECT_TRUE(Register("e", "alice").ok());
  EXPECT_EQ(store_.List().size(), 1u);
}

TEST_F(OwnerTest, AnotherRegistrantIsRefusedAndNothingChanges) {
  EXPECT_TRUE(Register("e", "alice").ok());
  absl::Status status = Register("e", "bob");
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_THAT(status.ToString(), testing::HasSubstr("alice"));
  EXPECT_TRUE(absl::IsPermissionDenied(Unregister("e", "bob")));
  EXPECT_EQ(store_.List().at(0).path_ids(0), "alice");
}

TEST_F(OwnerTest, TheRegistrysOperatorEndsAnybodysButRegistersNobodys) {
  EXPECT_TRUE(Register("e", "alice").ok());
  context_.caller.is_operator = true;
  EXPECT_TRUE(absl::IsPermissionDenied(Register("e", "operator")));
  EXPECT_TRUE(Unregister("e", "operator").ok());
  EXPECT_TRUE(store_.List().empty());
}

TEST_F(OwnerTest, AfterItsEndTheNameIsFree) {
  EXPECT_TRUE(Register("e", "alice").ok());
  EXPECT_TRUE(Unregister("e", "alice").ok());
  EXPECT_TRUE(Register("e", "bob").ok());
}

}  // namespace
}  // namespace nsm::registry
