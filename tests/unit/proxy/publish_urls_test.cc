// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/publish_urls.h"

#include <gtest/gtest.h>

#include "tests/harness/fake_registry.h"

namespace nsm::proxy {
namespace {

std::string UrlOf(Advertise advertise, const std::string& name, const char* proxy = "tcp://proxy:5006") {
  AddressMap addresses(
      AddressMap::Entries{{IpAddress::Parse("10.0.0.1").value(), IpAddress::Parse("203.0.113.1").value()}});
  RegistryChain<EndpointKind> chain;
  chain.Add<PublishUrls>(Url::Parse(proxy).value(), advertise, addresses);
  auto& end = chain.Add<FakeRegistry<EndpointKind>>();
  end.entries = {Endpoint(name, {}, "tcp://10.0.0.1:5001")};
  auto sink = std::make_shared<RecordingSink<EndpointKind>>();
  chain.Begin().Find(Context(), Query(Endpoint(name)), sink);
  return sink->entries().at(0).url();
}

TEST(PublishUrls, EndpointsOfOtherDomainsAreReachedThroughUs) {
  EXPECT_EQ(UrlOf(Advertise::kNode, "nse@east"), "tcp://proxy:5006");
  EXPECT_EQ(UrlOf(Advertise::kProxy, "nse@east"), "tcp://proxy:5006");
}

TEST(PublishUrls, OursAreShownAsAdvertised) {
  EXPECT_EQ(UrlOf(Advertise::kNode, "nse"), "tcp://203.0.113.1:5001");
  EXPECT_EQ(UrlOf(Advertise::kProxy, "nse"), "tcp://proxy:5006");
  const char* internal = "tcp://10.0.0.1:5006";
  EXPECT_EQ(UrlOf(Advertise::kProxy, "nse", internal), "tcp://203.0.113.1:5006");
  EXPECT_EQ(UrlOf(Advertise::kProxy, "nse@east", internal), internal);
}

}  // namespace
}  // namespace nsm::proxy
