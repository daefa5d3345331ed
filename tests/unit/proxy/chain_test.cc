// SPDX-License-Identifier: Apache-2.0
// Two domains' proxies against each other: what each of them answers to whom.
#include "src/proxy/chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/nsm/registry/find_all.h"
#include "src/nsm/registry/memory_store.h"
#include "tests/harness/fake_registry.h"
#include "tests/harness/registry_host.h"
#include "tests/harness/test_hop.h"
#include "tests/unit/proxy/fake_resolver.h"

namespace nsm::proxy {
namespace {

// A domain as its proxy sees it: both have the same internal addresses.
struct Domain {
  Domain(const std::string& name, const std::string& external, Advertise advertise = Advertise::kNode)
      : addresses(
            AddressMap::Entries{{IpAddress::Parse("10.0.0.1").value(), IpAddress::Parse(external).value()}}),
        own({name}, addresses),
        registries({.registry = StartRegistry(),
                    .public_url = Url::Parse("tcp://proxy-" + name + ":5006").value(),
                    .advertise = advertise},
                   hop, {resolver, hop.channels, workers}, own, addresses) {
    proxy.StartTcp();
  }
  Url StartRegistry() {
    registry_chain.Add<StoreRegistry<EndpointKind>>(store);
    registry.StartTcp();
    return registry.url();
  }
  absl::StatusOr<std::vector<NetworkServiceEndpoint>> Find(const RegistryChain<EndpointKind>& chain,
                                                           const std::string& name) {
    Context context;
    context.deadline = absl::Now() + absl::Seconds(20);
    return FindAll(chain.Begin(), context, Endpoint(name));
  }
  std::string UrlOf(const RegistryChain<EndpointKind>& chain, const std::string& name) {
    auto found = Find(chain, name);
    if (!found.ok()) return found.status().ToString();
    return found->empty() ? "none" : found->at(0).name() + " " + found->at(0).url();
  }

  TestHop hop{"proxy", absl::Minutes(10), absl::Seconds(1)};
  AddressMap addresses;
  OwnDomains own;
  FakeResolver resolver;
  WorkerPool workers{2};
  MemoryStore<EndpointKind> store;
  RegistryChain<EndpointKind> registry_chain;
  RegistryHost registry{registry_chain};
  Registries registries;
  RegistryHost proxy{registries.endpoints(), registries.services()};
};

TEST(ProxyChain, AnEndpointOfAnotherDomain) {
  Domain west("west", "198.51.100.1");
  Domain east("east", "203.0.113.1");
  west.resolver.domains["east"] = {east.proxy.url()};
  east.store.Put(Endpoint("nse", {"ns"}, "tcp://10.0.0.1:5001")).value();
  // West's registry is sent to west's proxy NSMgr, which finds east's node by its external address.
  EXPECT_EQ(west.UrlOf(west.registries.endpoints(), "nse@east"), "nse@east tcp://proxy-west:5006");
  EXPECT_EQ(west.UrlOf(west.registries.lookup(), "nse@east"), "nse@east tcp://203.0.113.1:5001");
}

TEST(ProxyChain, ADomainThatAdvertisesItsProxy) {
  Domain west("west", "198.51.100.1");
  Domain east("east", "203.0.113.1", Advertise::kProxy);
  west.resolver.domains["east"] = {east.proxy.url()};
  east.store.Put(Endpoint("nse", {"ns"}, "tcp://10.0.0.1:5001")).value();
  EXPECT_EQ(west.UrlOf(west.registries.lookup(), "nse@east"), "nse@east tcp://proxy-east:5006");
  EXPECT_EQ(east.UrlOf(east.registries.lookup(), "nse"), "nse tcp://10.0.0.1:5001") << "inside the domain";
}

TEST(ProxyChain, OurOwnDomainNeedsNoOther) {
  Domain west("west", "198.51.100.1");
  west.store.Put(Endpoint("nse", {"ns"}, "tcp://10.0.0.1:5001")).value();
  EXPECT_EQ(west.UrlOf(west.registries.endpoints(), "nse@west"), "nse@west tcp://198.51.100.1:5001");
  EXPECT_EQ(west.UrlOf(west.registries.endpoints(), "nse@198.51.100.1:5005"),
            "nse@198.51.100.1:5005 tcp://198.51.100.1:5001");
}

TEST(ProxyChain, ErrorsComeFromTheHopThatFailed) {
  Domain west("west", "198.51.100.1");
  Domain east("east", "203.0.113.1");
  west.resolver.domains["east"] = {east.proxy.url()};
  east.registry.Stop();
  std::string error = west.UrlOf(west.registries.endpoints(), "nse@east");
  EXPECT_THAT(error, testing::HasSubstr("UNAVAILABLE: domain east: asking " + east.proxy.url().ToString()));
  EXPECT_THAT(error, testing::HasSubstr("asking " + east.registry.url().ToString()));
}

TEST(ProxyChain, NobodyRegistersThroughAProxy) {
  Domain west("west", "198.51.100.1");
  Context context;
  for (const char* name : {"nse", "nse@east"}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(
        west.registries.endpoints().Begin().Register(context, Endpoint(name)).status()));
    EXPECT_TRUE(
        absl::IsFailedPrecondition(west.registries.endpoints().Begin().Unregister(context, Endpoint(name))));
  }
  EXPECT_TRUE(west.store.List().empty());
}

}  // namespace
}  // namespace nsm::proxy
