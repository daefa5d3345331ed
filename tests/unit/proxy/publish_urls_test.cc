// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/publish_urls.h"

#include <gtest/gtest.h>

#include "src/nsm/registry/memory_store.h"
#include "tests/harness/fake_registry.h"
#include "tests/harness/ip.h"

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

class PublishUrlsWatchTest : public testing::Test {
 protected:
  // A watch of another domain for our endpoints on two nodes.
  void Watch(Advertise advertise) {
    chain_.Add<PublishUrls>(Url::Parse("tcp://10.0.0.2:5006").value(), advertise, addresses_);
    chain_.Add<StoreRegistry<EndpointKind>>(store_);
    store_.Put(Endpoint("a", {}, "tcp://10.0.0.1:5001")).value();
    store_.Put(Endpoint("b", {}, "tcp://10.0.0.2:5001")).value();
    find_ = chain_.Begin().Find(Context(), Query(Endpoint(""), /*watch=*/true), sink_);
  }
  // What has been told of that endpoint last, after so many entries.
  std::string Told(const std::string& name, size_t count) {
    sink_->WaitForNames(count);
    std::string url;
    const auto entries = sink_->entries();
    EXPECT_EQ(entries.size(), count);
    for (const NetworkServiceEndpoint& endpoint : entries) {
      if (endpoint.name() == name) url = endpoint.url();
    }
    return url;
  }

  static inline const AddressMap::Entries kFirst{{Ip("10.0.0.1"), Ip("203.0.113.1")}};
  static inline const AddressMap::Entries kBoth{{Ip("10.0.0.1"), Ip("203.0.113.1")},
                                                {Ip("10.0.0.2"), Ip("203.0.113.2")}};
  AddressMap addresses_;
  MemoryStore<EndpointKind> store_;
  RegistryChain<EndpointKind> chain_;
  std::shared_ptr<RecordingSink<EndpointKind>> sink_ = std::make_shared<RecordingSink<EndpointKind>>();
  std::shared_ptr<FindCall> find_;
};

TEST_F(PublishUrlsWatchTest, ANodeThatIsMappedSinceIsToldOf) {
  addresses_.Replace(kFirst);
  Watch(Advertise::kNode);
  EXPECT_EQ(Told("b", 2), "tcp://10.0.0.2:5001");
  addresses_.Replace(kBoth);
  EXPECT_EQ(Told("b", 3), "tcp://203.0.113.2:5001") << "and nothing else";
  ASSERT_TRUE(store_.Remove("b").ok());
  EXPECT_EQ(Told("b", 4), "tcp://203.0.113.2:5001");
  addresses_.Replace(kFirst);
  EXPECT_EQ(Told("a", 4), "tcp://203.0.113.1:5001") << "what is gone is not told of again";
  find_->Cancel();
  EXPECT_TRUE(absl::IsCancelled(sink_->WaitUntilDone()));
  addresses_.Replace({});
  EXPECT_EQ(Told("a", 4), "tcp://203.0.113.1:5001") << "nor is anybody who asks no more";
}

TEST_F(PublishUrlsWatchTest, SoIsAProxyThatIs) {
  Watch(Advertise::kProxy);
  EXPECT_EQ(Told("a", 2), "tcp://10.0.0.2:5006");
  addresses_.Replace(kBoth);
  EXPECT_EQ(Told("a", 4), "tcp://203.0.113.2:5006");
}

}  // namespace
}  // namespace nsm::proxy
