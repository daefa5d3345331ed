// SPDX-License-Identifier: Apache-2.0
#include "src/client/service_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace nsm::client {
namespace {

using testing::HasSubstr;
using Labels = std::map<std::string, std::string>;

TEST(ServiceUrl, NamesServiceInterfaceAndLabels) {
  auto parse = [](const char* text) { return ServiceUrl::Parse(text).value(); };
  EXPECT_EQ(parse("kernel://icmp/nsm-1"), (ServiceUrl{"icmp", "nsm-1", {}}));
  EXPECT_EQ(parse(" kernel://icmp@east.example:5004/nsm-1?app=ping&zone=a=b&app=pong "),
            (ServiceUrl{"icmp@east.example:5004", "nsm-1", Labels{{"app", "ping,pong"}, {"zone", "a=b"}}}));
  for (const char* service : {"icmp@[2001:db8::1]", "icmp@[2001:db8::1]:5005", "icmp@192.0.2.4:5002",
                              "icmp@tcp://192.0.2.4:5002", "icmp@tcp://[2001:db8::1]:5002"}) {
    EXPECT_EQ(ServiceUrl::Parse(absl::StrCat("kernel://", service, "/nsm-1")).value(),
              (ServiceUrl{service, "nsm-1", {}}));
    EXPECT_EQ(ServiceUrl::Parse(absl::StrCat("kernel://", service)).value().interface, "nsm-icmp");
  }
  EXPECT_EQ(parse("kernel://icmp/a@tcp://b/nsm-1").service, "icmp");
  EXPECT_EQ(parse("kernel://icmp/some/path/nsm-1?").interface, "nsm-1");
  EXPECT_EQ(parse("kernel://icmp/nsm-1?flag&url=http://x/y").labels,
            (Labels{{"flag", ""}, {"url", "http://x/y"}}));
}

TEST(ServiceUrl, LabelsMayBePercentEncoded) {
  EXPECT_EQ(ServiceUrl::Parse("kernel://icmp/nsm-1?list=1%2C2&100%25=%2f&a=1&%61=2").value().labels,
            (Labels{{"list", "1,2"}, {"100%", "/"}, {"a", "1,2"}}));
}

TEST(ServiceUrl, HasATextThatMeansTheSame) {
  const ServiceUrl url{"icmp@[2001:db8::1]:5005", "nsm-1", Labels{{"list", "1,2&3"}, {"100%", ""}}};
  EXPECT_EQ(url.ToString(), "kernel://icmp@[2001:db8::1]:5005/nsm-1?100%25=&list=1%2c2%263");
  EXPECT_EQ(ServiceUrl::Parse(url.ToString()).value(), url);
  EXPECT_EQ((ServiceUrl{"icmp", "nsm0", {}}.ToString()), "kernel://icmp/nsm0");
}

TEST(ServiceUrl, WithoutAnInterfaceItIsNamedAfterTheService) {
  auto interface = [](const char* text) { return ServiceUrl::Parse(text)->interface; };
  EXPECT_EQ(interface("kernel://icmp"), "nsm-icmp");
  EXPECT_EQ(interface("kernel://icmp@east/"), "nsm-icmp");
  EXPECT_EQ(interface("kernel://a-very.long_service?x=y"), "nsm-averylongse");
}

TEST(ServiceUrl, SaysWhatIsWrongAndWhatIsExpected) {
  const std::pair<const char*, const char*> refused[] = {
      {"", "the mechanism must be kernel"},
      {"icmp/nsm-1", "the mechanism must be kernel"},
      {"memif://icmp/nsm-1", "the mechanism must be kernel"},
      {"kernel:///nsm-1", "no service is named"},
      {"kernel://@east/nsm-1", "no service is named"},
      {"kernel://icmp@/nsm-1", "no domain follows the @"},
      {"kernel://icmp/sixteen--letters", "\"sixteen--letters\" is not an interface name"},
      {"kernel://icmp/..", "\"..\" is not an interface name"},
      {"kernel://icmp/a:b", "is not an interface name"},
      {"kernel://icmp/a b", "is not an interface name"},
      {"kernel://icmp/nsm-1?=x", "\"=x\" is not LABEL=VALUE"},
      {"kernel://icmp/nsm-1?a=1&b=%4g", "label \"b=%4g\": % needs two hexadecimal digits"},
      {"kernel://icmp/nsm-1?a%=1", "% needs two hexadecimal digits"},
  };
  for (const auto& [text, why] : refused) {
    absl::Status status = ServiceUrl::Parse(text).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << text;
    EXPECT_THAT(status.message(), HasSubstr(why)) << text;
    EXPECT_THAT(status.message(), HasSubstr("expected kernel://SERVICE[@DOMAIN]/INTERFACE")) << text;
  }
}

TEST(ParseServiceUrls, InterfacesAreDifferent) {
  auto urls = ParseServiceUrls("kernel://a/nsm-1, kernel://b/nsm-2,");
  ASSERT_TRUE(urls.ok()) << urls.status();
  ASSERT_EQ(urls->size(), 2u);
  EXPECT_EQ(urls->at(1).service, "b");
  EXPECT_TRUE(ParseServiceUrls("")->empty());
  EXPECT_TRUE(absl::IsAlreadyExists(ParseServiceUrls("kernel://a/nsm-1,kernel://b/nsm-1").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ParseServiceUrls("kernel://a/nsm-1,b").status()));
}

}  // namespace
}  // namespace nsm::client
