// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/keep_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/nsm/registry/memory_store.h"
#include "tests/harness/fake_registry.h"

namespace nsm {
namespace {

class KeepServiceTest : public testing::Test {
 protected:
  KeepServiceTest() { chain_.Add<KeepService>(store_); }
  // One that leads clients to endpoints with this label.
  static NetworkService LeadingTo(const std::string& app) {
    NetworkService service = Service("ns", kPayloadIp);
    auto& selector = *service.add_matches()->add_routes()->mutable_destination_selector();
    selector["app"] = app;
    return service;
  }
  std::string Register(NetworkService service) {
    return chain_.Begin().Register(context_, std::move(service)).value().ShortDebugString();
  }
  std::string Kept() const { return store_.List().at(0).ShortDebugString(); }

  MemoryStore<ServiceKind> store_;
  RegistryChain<ServiceKind> chain_;
  Context context_;
};

TEST_F(KeepServiceTest, AnEndpointsRegistrationTakesNoMatchesAway) {
  const std::string written = LeadingTo("firewall").ShortDebugString();
  Register(LeadingTo("firewall"));
  EXPECT_EQ(Register(Service("ns", kPayloadEthernet)), written) << "the answer is what is kept";
  EXPECT_EQ(Kept(), written);
}

TEST_F(KeepServiceTest, OtherMatchesReplaceThem) {
  Register(LeadingTo("firewall"));
  Register(LeadingTo("gateway"));
  EXPECT_EQ(Kept(), LeadingTo("gateway").ShortDebugString());
}

TEST_F(KeepServiceTest, WithoutMatchesTheLastOneCounts) {
  Register(Service("ns", kPayloadIp));
  Register(Service("ns", kPayloadEthernet));
  EXPECT_EQ(Kept(), Service("ns", kPayloadEthernet).ShortDebugString());
}

TEST_F(KeepServiceTest, TheOperatorReplacesInAnyCase) {
  Register(LeadingTo("firewall"));
  context_.caller.is_operator = true;
  Register(Service("ns", kPayloadIp));
  EXPECT_EQ(Kept(), Service("ns", kPayloadIp).ShortDebugString());
}

}  // namespace
}  // namespace nsm
