// SPDX-License-Identifier: Apache-2.0
#include "src/client/annotation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsm::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Labels = std::map<std::string, std::string>;

TEST(ParseAnnotation, NamesServicesWithAllTheirParts) {
  auto urls = ParseAnnotation("icmp, web@east.example:5005/eth7?app=a&zone=b=c ,dns@[2001:db8::1]");
  ASSERT_TRUE(urls.ok()) << urls.status();
  EXPECT_THAT(*urls,
              ElementsAre(ServiceUrl{"icmp", "nsm0", {}},
                          ServiceUrl{"web@east.example:5005", "eth7", Labels{{"app", "a"}, {"zone", "b=c"}}},
                          ServiceUrl{"dns@[2001:db8::1]", "nsm2", {}}));
}

TEST(ParseAnnotation, LabelsMayBePercentEncoded) {
  auto urls = ParseAnnotation("icmp?list=1%2C2&100%25=%2f");
  ASSERT_TRUE(urls.ok()) << urls.status();
  EXPECT_EQ(urls->at(0).labels, (Labels{{"list", "1,2"}, {"100%", "/"}}));
}

TEST(ParseUrlAnnotation, NamesServicesWithAllTheirParts) {
  auto urls = ParseUrlAnnotation("kernel://icmp, kernel://web@east.example/eth7?app=a%2Cb&zone=c");
  ASSERT_TRUE(urls.ok()) << urls.status();
  EXPECT_THAT(*urls,
              ElementsAre(ServiceUrl{"icmp", "nsm-icmp", {}},
                          ServiceUrl{"web@east.example", "eth7", Labels{{"app", "a,b"}, {"zone", "c"}}}));
}

TEST(ParseUrlAnnotation, SaysWhichEntryIsWrongAndWhy) {
  const std::pair<const char*, const char*> refused[] = {
      {"", "entry 1 at character 1, \"\": it does not begin with kernel://"},
      {"kernel://a,", "entry 2 at character 12, \"\": it does not begin with kernel://"},
      {"kernel://a, vfio://b", "entry 2 at character 13, \"vfio://b\": it does not begin with kernel://"},
      {"kernel://a,kernel:///b", "entry 2 at character 12, \"kernel:///b\": no service is named"},
      {"icmp/nsm0", "; expected kernel://SERVICE[@DOMAIN][/INTERFACE][?LABEL=VALUE&...][,...]"},
  };
  for (const auto& [text, why] : refused) {
    absl::Status status = ParseUrlAnnotation(text).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << text << ": " << status;
    EXPECT_THAT(status.message(), HasSubstr(why)) << text;
  }
  EXPECT_TRUE(absl::IsAlreadyExists(ParseUrlAnnotation("kernel://a/x,kernel://b/x").status()));
}

TEST(ParseAnnotation, AMessageShowsTheBeginningOfALongEntryAndNoControlCharacters) {
  const absl::Status status = ParseAnnotation("\x1b[2J/a/" + std::string(1000, 'x')).status();
  EXPECT_LT(status.message().size(), 300u);
  EXPECT_THAT(status.message(), HasSubstr("\"\\x1b[2J/a/xxx"));
}

TEST(ParseAnnotation, SaysWhichEntryIsWrongAndWhy) {
  const std::pair<const char*, const char*> refused[] = {
      {"", "entry 1 at character 1, \"\": no service is named"},
      {"a,,b", "entry 2 at character 3, \"\": "},
      {"a, b ,  @east", "entry 3 at character 9, \"@east\": no service is named"},
      {"a@", "no domain follows the @"},
      {"a/b/c", "more than one /"},
      {"kernel://a/b", "for the annotation networkservicemesh.io"},
      {"a,b/c/d", "; expected SERVICE[@DOMAIN][/INTERFACE][?LABEL=VALUE&...][,...]"},
      {"a/sixteen--letters", "not an interface name"},
      {"a?b=%4", "two hexadecimal digits"},
      {"a?b=%zz", "two hexadecimal digits"},
      {"a?=x", "not LABEL=VALUE"},
  };
  for (const auto& [text, why] : refused) {
    absl::Status status = ParseAnnotation(text).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << text << ": " << status;
    EXPECT_THAT(status.message(), HasSubstr(why)) << text;
  }
  EXPECT_TRUE(absl::IsAlreadyExists(ParseAnnotation("a/nsm1,b").status()));
}

}  // namespace
}  // namespace nsm::client
