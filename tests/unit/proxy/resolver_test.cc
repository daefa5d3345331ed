// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/proxy/fake_dns.h"

namespace nsm::proxy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr char kRegistry[] = "registry.nsm-system.east.example";
constexpr char kProxy[] = "nsmgr-proxy.nsm-system.east.example";

class ResolverTest : public testing::Test {
 protected:
  static std::vector<std::string> Texts(const absl::StatusOr<std::vector<Url>>& urls) {
    if (!urls.ok()) return {urls.status().ToString()};
    std::vector<std::string> texts;
    for (const Url& url : *urls) texts.push_back(url.ToString());
    return texts;
  }
  std::vector<std::string> Registry(const std::string& domain) {
    return Texts(resolver_.FindRegistry(domain, absl::InfiniteFuture()));
  }
  std::vector<std::string> ProxyNsmgr(const std::string& domain) {
    return Texts(resolver_.FindProxyNsmgr(domain, absl::InfiniteFuture()));
  }

  FakeDns dns_;
  DomainResolver resolver_{dns_, 5005, [](const IpAddress&) { return true; }};
};

TEST_F(ResolverTest, LiteralsNeedNoDns) {
  EXPECT_THAT(Registry("203.0.113.1"), ElementsAre("tcp://203.0.113.1:5005"));
  EXPECT_THAT(Registry("203.0.113.1:7000"), ElementsAre("tcp://203.0.113.1:7000"));
  EXPECT_THAT(Registry("[2001:db8::1]"), ElementsAre("tcp://[2001:db8::1]:5005"));
  EXPECT_THAT(Registry("[2001:db8::1]:7000"), ElementsAre("tcp://[2001:db8::1]:7000"));
  EXPECT_THAT(Registry("tcp://203.0.113.1:7000"), ElementsAre("tcp://203.0.113.1:7000"));
  EXPECT_THAT(Registry("tcp://[2001:db8::1]:7000"), ElementsAre("tcp://[2001:db8::1]:7000"));
  EXPECT_THAT(ProxyNsmgr("[2001:db8::1]:7000").at(0), HasSubstr("NOT_FOUND: domain [2001:db8::1]:7000"));
  EXPECT_TRUE(dns_.asked.empty());
}

TEST_F(ResolverTest, ADomainWithoutServicesHasItsOwnAddressesAndTheDefaultPort) {
  dns_.AddHost("east.example", {"203.0.113.2", "203.0.113.1", "2001:db8::1"});
  EXPECT_THAT(Registry("east.example"),
              ElementsAre("tcp://[2001:db8::1]:5005", "tcp://203.0.113.2:5005", "tcp://203.0.113.1:5005"));
  EXPECT_THAT(dns_.asked, ElementsAre(kRegistry, "east.example"));
  EXPECT_THAT(ProxyNsmgr("east.example").at(0), HasSubstr("NOT_FOUND: domain east.example"));
}

TEST_F(ResolverTest, APortNeedsNoServices) {
  dns_.AddHost("east.example", {"203.0.113.1"});
  EXPECT_THAT(Registry("east.example:80"), ElementsAre("tcp://203.0.113.1:80"));
  EXPECT_THAT(dns_.asked, ElementsAre("east.example"));
}

TEST_F(ResolverTest, AServiceIsAtItsPortAndAtTheAddressesOfItsOwnName) {
  dns_.services[kRegistry] = {{.priority = 2, .port = 6000, .target = "elsewhere.example"},
                              {.priority = 1, .port = 5002, .target = "elsewhere.example"}};
  dns_.services[kProxy] = {{.port = 5004, .target = kProxy}};
  dns_.AddHost(kRegistry, {"203.0.113.1", "203.0.113.2"});
  dns_.AddHost(kProxy, {"203.0.113.3"});
  dns_.AddHost("elsewhere.example", {"203.0.113.9"});
  dns_.AddHost("east.example", {"203.0.113.9"});
  EXPECT_THAT(Registry("east.example"), ElementsAre("tcp://203.0.113.1:5002", "tcp://203.0.113.2:5002",
                                                    "tcp://203.0.113.1:6000", "tcp://203.0.113.2:6000"));
  EXPECT_THAT(ProxyNsmgr("east.example"), ElementsAre("tcp://203.0.113.3:5004"));
  EXPECT_THAT(ProxyNsmgr("east.example:5005"), ElementsAre("tcp://203.0.113.3:5004"));
}

TEST_F(ResolverTest, AServiceWithoutAddressesOfItsOwnIsAtItsTargets) {
  dns_.services[kRegistry] = {{.priority = 1, .port = 5002, .target = "gone.example"},
                              {.priority = 2, .port = 6000, .target = "two.example"},
                              {.priority = 3, .port = 5002, .target = "three.example"}};
  dns_.AddHost("two.example", {"203.0.113.2"});
  dns_.AddHost("three.example", {"203.0.113.3"});
  EXPECT_THAT(Registry("east.example"), ElementsAre("tcp://203.0.113.2:6000", "tcp://203.0.113.3:5002"));
}

TEST_F(ResolverTest, OnlyWhatIsKnownNotToExistIsReplaced) {
  dns_.AddHost("east.example", {"203.0.113.9"});
  dns_.errors[kRegistry] = absl::UnavailableError("192.0.2.53:53: SERVFAIL");
  EXPECT_THAT(Registry("east.example"),
              ElementsAre("UNAVAILABLE: domain east.example: 192.0.2.53:53: SERVFAIL"));
  dns_.errors.clear();
  dns_.services[kRegistry] = {{.port = 5002, .target = "gone.example"}};
  EXPECT_THAT(Registry("east.example").at(0), HasSubstr("UNAVAILABLE: domain east.example: SRV records of"));
  dns_.services[kRegistry] = {{.port = 0, .target = "."}};
  EXPECT_THAT(Registry("east.example").at(0), HasSubstr("the service is not available"));
}

TEST_F(ResolverTest, TheNumberOfAddressesIsLimited) {
  for (int i = 0; i < 40; ++i) dns_.AddHost("east.example", {"203.0.113." + std::to_string(i)});
  EXPECT_THAT(Registry("east.example"), SizeIs(16));
  dns_.asked.clear();
  for (int i = 0; i < 40; ++i) {
    dns_.services[kRegistry].push_back({.port = 5002, .target = "t" + std::to_string(i)});
  }
  Registry("east.example");
  EXPECT_THAT(dns_.asked, SizeIs(2 + 8));
}

TEST_F(ResolverTest, ErrorsNameTheDomainAndAllThatWasAsked) {
  EXPECT_THAT(
      Registry("east.example"),
      ElementsAre("NOT_FOUND: domain east.example: asking for registry.nsm-system.east.example: no such "
                  "name; asking for east.example: no such name"));
  for (const std::string& domain :
       {std::string(), std::string("a b"), std::string("a@b"), std::string("a/b"), std::string("a..b"),
        std::string("east.example:0"), std::string("east.example:x"), std::string("[::1"),
        std::string("::1:5:x"), std::string("[::x]:5"), std::string(64, 'x'), std::string(300, '.')}) {
    EXPECT_THAT(Registry(domain).at(0), HasSubstr("INVALID_ARGUMENT: domain")) << domain;
    EXPECT_THAT(ProxyNsmgr(domain).at(0), HasSubstr("INVALID_ARGUMENT: domain")) << domain;
  }
}

}  // namespace
}  // namespace nsm::proxy
