// SPDX-License-Identifier: Apache-2.0
#include "src/registry/interdomain_switch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/fake_registry.h"

namespace nsm::registry {
namespace {

using testing::ElementsAre;

class InterdomainSwitchTest : public testing::Test {
 protected:
  InterdomainSwitchTest() {
    RegistryChain<EndpointKind> proxy;
    proxy_ = &proxy.Add<FakeRegistry<EndpointKind>>();
    proxy_->entries = {Endpoint("nse@east", {"ns@east"})};
    chain_.Add<InterdomainSwitch<EndpointKind>>(std::move(proxy));
    own_ = &chain_.Add<FakeRegistry<EndpointKind>>();
    own_->entries = {Endpoint("nse", {"ns"})};
  }
  std::vector<std::string> Find(const std::string& service) {
    NetworkServiceEndpoint wanted;
    wanted.add_network_service_names(service);
    auto sink = std::make_shared<RecordingSink<EndpointKind>>();
    chain_.Begin().Find(Context(), Query(wanted), sink);
    return sink->names();
  }

  RegistryChain<EndpointKind> chain_;
  FakeRegistry<EndpointKind>* proxy_ = nullptr;
  FakeRegistry<EndpointKind>* own_ = nullptr;
};

TEST_F(InterdomainSwitchTest, ADomainGoesToTheProxy) {
  EXPECT_THAT(Find("ns"), ElementsAre("nse"));
  EXPECT_TRUE(proxy_->queries.empty());
  EXPECT_THAT(Find("ns@east"), ElementsAre("nse@east"));
  EXPECT_EQ(own_->queries.size(), 1u);
}

TEST_F(InterdomainSwitchTest, RegistrationsToo) {
  Context context;
  ASSERT_TRUE(chain_.Begin().Register(context, Endpoint("nse", {"ns@floating"})).ok());
  ASSERT_TRUE(chain_.Begin().Unregister(context, Endpoint("nse@floating")).ok());
  EXPECT_EQ(proxy_->registered.size(), 1u);
  EXPECT_EQ(proxy_->unregistered.size(), 1u);
  ASSERT_TRUE(chain_.Begin().Register(context, Endpoint("nse", {"ns"})).ok());
  EXPECT_EQ(own_->registered.size(), 1u);
}

TEST(InterdomainSwitch, WithoutAProxyOtherDomainsAreAnError) {
  RegistryChain<ServiceKind> chain;
  chain.Add<InterdomainSwitch<ServiceKind>>(std::nullopt);
  auto sink = std::make_shared<RecordingSink<ServiceKind>>();
  chain.Begin().Find(Context(), Query(Service("ns@east")), sink);
  EXPECT_TRUE(absl::IsFailedPrecondition(*sink->status()));
  EXPECT_THAT(sink->status()->ToString(), testing::HasSubstr("domain east"));
  Context context;
  EXPECT_TRUE(absl::IsFailedPrecondition(chain.Begin().Register(context, Service("ns@east")).status()));
  EXPECT_TRUE(chain.Begin().Register(context, Service("ns")).ok());
}

}  // namespace
}  // namespace nsm::registry
