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

TEST(ParseAnnotation, SaysWhichEntryIsWrongAndWhy) {
  const std::pair<const char*, const char*> refused[] = {
      {"", "no service is named"},
      {"a,,b", "\"\": "},
      {"a,@east", "\"@east\": "},
      {"a@", "no domain follows the @"},
      {"a/b/c", "more than one /"},
      {"kernel://a/b", "--network-services"},
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
