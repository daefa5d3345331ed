// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "src/proxy/dns.h"

namespace nsm::proxy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FakeDns final : public Dns {
 public:
  absl::StatusOr<std::vector<IpAddress>> FindAddresses(const std::string& host, absl::Time) override {
    asked.push_back(host);
    auto it = hosts.find(host);
    if (it == hosts.end()) return absl::NotFoundError("asking 192.0.2.53:53: no such name");
    return it->second;
  }
  std::map<std::string, std::vector<IpAddress>> hosts;
  std::vector<std::string> asked;
};

class ResolverTest : public testing::Test {
 protected:
  std::vector<std::string> Resolve(const std::string& domain) {
    auto urls = resolver_.Resolve(domain, absl::InfiniteFuture());
    if (!urls.ok()) return {urls.status().ToString()};
    std::vector<std::string> texts;
    for (const Url& url : *urls) texts.push_back(url.ToString());
    return texts;
  }

  FakeDns dns_;
  DomainResolver resolver_{dns_, 5005};
};

TEST_F(ResolverTest, LiteralsNeedNoDns) {
  EXPECT_THAT(Resolve("203.0.113.1"), ElementsAre("tcp://203.0.113.1:5005"));
  EXPECT_THAT(Resolve("203.0.113.1:7000"), ElementsAre("tcp://203.0.113.1:7000"));
  EXPECT_THAT(Resolve("[2001:db8::1]"), ElementsAre("tcp://[2001:db8::1]:5005"));
  EXPECT_THAT(Resolve("[2001:db8::1]:7000"), ElementsAre("tcp://[2001:db8::1]:7000"));
  EXPECT_THAT(Resolve("tcp://203.0.113.1:7000"), ElementsAre("tcp://203.0.113.1:7000"));
  EXPECT_TRUE(dns_.asked.empty());
}

TEST_F(ResolverTest, NamesGiveAllAddressesInOrder) {
  dns_.hosts["east.example"] = {IpAddress::Parse("203.0.113.2").value(),
                                IpAddress::Parse("203.0.113.1").value()};
  EXPECT_THAT(Resolve("east.example"), ElementsAre("tcp://203.0.113.2:5005", "tcp://203.0.113.1:5005"));
  EXPECT_THAT(Resolve("east.example:80"), ElementsAre("tcp://203.0.113.2:80", "tcp://203.0.113.1:80"));
}

TEST_F(ResolverTest, ErrorsNameTheDomain) {
  EXPECT_THAT(Resolve("west.example").at(0),
              HasSubstr("NOT_FOUND: domain west.example: asking 192.0.2.53:53"));
  for (const char* domain :
       {"", "a b", "a@b", "a/b", "east.example:0", "east.example:x", "[::1", "::1:5:x"}) {
    EXPECT_THAT(Resolve(domain).at(0), HasSubstr("INVALID_ARGUMENT: domain")) << domain;
  }
}

}  // namespace
}  // namespace nsm::proxy
