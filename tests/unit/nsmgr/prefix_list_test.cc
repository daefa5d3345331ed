// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/prefix_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace nsm::nsmgr {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> Parsed(const std::string& text) {
  std::vector<std::string> prefixes;
  auto parsed = PrefixList::ParseYaml(text);
  if (!parsed.ok()) return {std::string(parsed.status().message())};
  for (const IpPrefix& prefix : *parsed) prefixes.push_back(prefix.ToString());
  return prefixes;
}

TEST(PrefixListTest, ReadsBothFormsOfAList) {
  EXPECT_THAT(Parsed("---\nPrefixes:\n  - 10.96.0.0/12\n  - \"2001:db8::7/64\"\n"),
              ElementsAre("10.96.0.0/12", "2001:db8::/64"));
  EXPECT_THAT(Parsed("Prefixes: [10.244.1.9/16]"), ElementsAre("10.244.0.0/16"));
  EXPECT_THAT(Parsed("Prefixes: []"), IsEmpty());
  EXPECT_THAT(Parsed("Prefixes:"), IsEmpty());
  EXPECT_THAT(Parsed(""), IsEmpty());
}

TEST(PrefixListTest, RefusesAnythingElse) {
  EXPECT_THAT(Parsed("Prefixes: ["), ElementsAre(HasSubstr("not YAML")));
  EXPECT_THAT(Parsed("Prefixes: 10.0.0.0/8"), ElementsAre(HasSubstr("expected a list")));
  EXPECT_THAT(Parsed("- 10.0.0.0/8"), ElementsAre(HasSubstr("expected a list")));
  EXPECT_THAT(Parsed("prefixes: [10.0.0.0/8]"), ElementsAre(HasSubstr("expected a list")));
  EXPECT_THAT(Parsed("Prefixes: [[10.0.0.0/8]]"), ElementsAre(HasSubstr("expected a prefix")));
  EXPECT_THAT(Parsed("Prefixes: [10.0.0.0/8, 10.0.0.0/33]"), ElementsAre(HasSubstr("10.0.0.0/33")));
  std::string many = "Prefixes:\n";
  for (int i = 0; i <= 1024; ++i) absl::StrAppend(&many, "- 10.0.", i / 256, ".", i % 256, "/32\n");
  EXPECT_THAT(Parsed(many), ElementsAre(HasSubstr("1025 prefixes")));
}

}  // namespace
}  // namespace nsm::nsmgr
