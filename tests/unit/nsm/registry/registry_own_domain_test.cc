// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/registry_own_domain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/fake_registry.h"

namespace nsm {
namespace {

using testing::ElementsAre;

TEST(RegistryDomain, IsThatOfTheNameOrOfAService) {
  EXPECT_EQ(DomainOf(Service("ns")), std::nullopt);
  EXPECT_EQ(DomainOf(Service("ns@east")), "east");
  EXPECT_EQ(DomainOf(Endpoint("nse", {"ns"})), std::nullopt);
  EXPECT_EQ(DomainOf(Service("ns@[2001:db8::1]:5005")), "[2001:db8::1]:5005");
  EXPECT_EQ(DomainOf(Endpoint("nse@west", {"ns@east"})), "west");
  EXPECT_EQ(DomainOf(Endpoint("nse", {"other", "ns@east"})), "east");
}

TEST(RegistryDomain, StripsAndAddsAllNames) {
  NetworkServiceEndpoint entry = Endpoint("nse@east", {"ns@east", "other"}, "tcp://192.0.2.1:5001");
  StripDomain("east", entry);
  NetworkServiceEndpoint plain = Endpoint("nse", {"ns", "other"}, "tcp://192.0.2.1:5001");
  EXPECT_EQ(entry.name(), "nse");
  EXPECT_THAT(entry.network_service_names(), ElementsAre("ns", "other"));
  EXPECT_EQ(entry.network_service_labels().size(), 2u);
  EXPECT_EQ(entry.network_service_labels().at("ns").labels().at("app"), "nse@east");
  AddDomain("east", entry);
  EXPECT_EQ(entry.name(), "nse@east");
  EXPECT_THAT(entry.network_service_names(), ElementsAre("ns@east", "other@east"));
  EXPECT_TRUE(entry.network_service_labels().contains("other@east"));
  EXPECT_EQ(entry.url(), "tcp://192.0.2.1:5001");
}

TEST(RegistryDomain, OtherDomainsAndEmptyNamesStay) {
  NetworkServiceEndpoint entry = Endpoint("", {"ns@west"});
  StripDomain("east", entry);
  EXPECT_THAT(entry.network_service_names(), ElementsAre("ns@west"));
  AddDomain("east", entry);
  EXPECT_EQ(entry.name(), "");
}

class RegistryOwnDomainTest : public testing::Test {
 protected:
  RegistryOwnDomainTest() {
    chain_.Add<RegistryOwnDomain<EndpointKind>>(own_);
    end_ = &chain_.Add<FakeRegistry<EndpointKind>>();
    end_->entries = {Endpoint("nse", {"ns"})};
  }
  std::vector<NetworkServiceEndpoint> Find(NetworkServiceEndpoint wanted) {
    auto sink = std::make_shared<RecordingSink<EndpointKind>>();
    chain_.Begin().Find(Context(), Query(std::move(wanted)), sink);
    EXPECT_EQ(sink->dones(), 1);
    return sink->entries();
  }

  AddressMap addresses_;
  OwnDomains own_{{"east.example"}, addresses_};
  RegistryChain<EndpointKind> chain_;
  FakeRegistry<EndpointKind>* end_ = nullptr;
};

TEST_F(RegistryOwnDomainTest, FindAsksPlainAndAnswersAsAsked) {
  NetworkServiceEndpoint wanted;
  wanted.add_network_service_names("ns@East.Example");
  auto found = Find(wanted);
  EXPECT_THAT(end_->queries.at(0).network_service_endpoint().network_service_names(), ElementsAre("ns"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].name(), "nse@East.Example");
  EXPECT_THAT(found[0].network_service_names(), ElementsAre("ns@East.Example"));
}

TEST_F(RegistryOwnDomainTest, PlainAndForeignNamesPass) {
  EXPECT_EQ(Find(Endpoint("nse")).at(0).name(), "nse");
  EXPECT_TRUE(Find(Endpoint("nse@west.example")).empty());
  EXPECT_EQ(end_->queries.at(1).network_service_endpoint().name(), "nse@west.example");
}

TEST_F(RegistryOwnDomainTest, RegistersPlain) {
  Context context;
  auto registered = chain_.Begin().Register(context, Endpoint("nse@east.example", {"ns@east.example"}));
  ASSERT_TRUE(registered.ok()) << registered.status();
  EXPECT_EQ(end_->registered.at(0).name(), "nse");
  EXPECT_EQ(registered->name(), "nse@east.example");
  ASSERT_TRUE(chain_.Begin().Unregister(context, *registered).ok());
  EXPECT_EQ(end_->unregistered.at(0).name(), "nse");
}

}  // namespace
}  // namespace nsm
