// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/registry_update_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/nsm/identity/insecure_identity.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/fake_registry.h"

namespace nsm {
namespace {

using testing::ElementsAre;

class RegistryUpdatePathTest : public testing::Test {
 protected:
  FakeClock clock_;
  InsecureIdentity nse_{"nse", absl::Minutes(10), clock_};
  InsecureIdentity nsmgr_{"nsmgr", absl::Minutes(10), clock_};
  InsecureIdentity registry_{"registry", absl::Minutes(10), clock_};
  RegistryChain<EndpointKind> chain_;
};

TEST_F(RegistryUpdatePathTest, EachHopAddsItsTokenAndItsName) {
  chain_.Add<RegistryUpdatePath<EndpointKind>>(nsmgr_);
  auto& end = chain_.Add<FakeRegistry<EndpointKind>>();
  Context context;
  context.caller.token = nse_.Make().text;
  auto registered = chain_.Begin().Register(context, Endpoint("e"));
  ASSERT_TRUE(registered.ok()) << registered.status();
  EXPECT_THAT(registered->path_ids(), ElementsAre("insecure:nse", "insecure:nsmgr"));
  EXPECT_EQ(end.contexts.at(0).registry_path.index, 1u);
  EXPECT_EQ(context.registry_path.index, 0u) << "the answer is in the caller's view";
  EXPECT_THAT(context.registry_path.tokens, ElementsAre(nse_.Make().text, nsmgr_.Make().text));
}

TEST_F(RegistryUpdatePathTest, ARenewalKeepsTheRegistrant) {
  chain_.Add<RegistryUpdatePath<EndpointKind>>(registry_);
  chain_.Add<FakeRegistry<EndpointKind>>();
  Context context;
  context.caller.token = nsmgr_.Make().text;
  context.registry_path = {.index = 1, .tokens = {nse_.Make().text, nsmgr_.Make().text, "old"}};
  NetworkServiceEndpoint entry = Endpoint("e");
  for (const char* id : {"insecure:nse", "insecure:nsmgr", "insecure:old"}) entry.add_path_ids(id);
  auto registered = chain_.Begin().Register(context, entry);
  ASSERT_TRUE(registered.ok()) << registered.status();
  EXPECT_THAT(registered->path_ids(), ElementsAre("insecure:nse", "insecure:nsmgr", "insecure:registry"));
  EXPECT_EQ(context.registry_path.index, 1u);
  EXPECT_EQ(context.registry_path.tokens.at(2), registry_.Make().text);
}

TEST_F(RegistryUpdatePathTest, RefusesAPathThatContradictsItself) {
  chain_.Add<RegistryUpdatePath<EndpointKind>>(registry_);
  auto& end = chain_.Add<FakeRegistry<EndpointKind>>();
  Context context;
  context.registry_path = {.index = 5, .tokens = {"a"}};
  EXPECT_TRUE(absl::IsInvalidArgument(chain_.Begin().Register(context, Endpoint("e")).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(chain_.Begin().Unregister(context, Endpoint("e"))));
  EXPECT_TRUE(end.contexts.empty());
}

}  // namespace
}  // namespace nsm
