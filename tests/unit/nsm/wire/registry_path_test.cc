// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/wire/registry_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "src/nsm/wire/limits.h"

namespace nsm {
namespace {

using testing::ElementsAre;

TEST(RegistryPath, IsUpstreamsJson) {
  EXPECT_EQ(RegistryPath{}.ToJson(), R"({"Index":0,"PathSegments":null})");
  RegistryPath path{.index = 1, .tokens = {"a", "b"}};
  EXPECT_EQ(path.ToJson(), R"({"Index":1,"PathSegments":[{"token":"a"},{"token":"b"}]})");
  EXPECT_EQ(RegistryPath::FromJson(path.ToJson()).value(), path);
  EXPECT_EQ(RegistryPath::FromJson(R"({"Index":0,"PathSegments":null})").value(), RegistryPath{});
  EXPECT_EQ(RegistryPath::FromJson("").value(), RegistryPath{});
}

TEST(RegistryPath, RefusesWhatIsNoPath) {
  for (const char* text : {"x", "[]", "7", R"({"Index":-1})", R"({"Index":"1"})", R"({"PathSegments":{}})",
                           R"({"PathSegments":[1]})", R"({"PathSegments":[{}]})",
                           R"({"Index":1,"PathSegments":[{"token":"a"}]})", R"({"Index":1})",
                           // Would be 0 in 32 bits.
                           R"({"Index":4294967296})"}) {
    EXPECT_FALSE(RegistryPath::FromJson(text).ok()) << text;
  }
}

TEST(RegistryPath, HasTheLimitsOfAPath) {
  RegistryPath path{.tokens = std::vector<std::string>(limits::kSegments, std::string(1024, 'x'))};
  EXPECT_EQ(RegistryPath::FromJson(path.ToJson()).value(), path);
  path.tokens.push_back("x");
  EXPECT_EQ(RegistryPath::FromJson(path.ToJson()).status().message(), "metadata \"path\": too many segments");
  path.tokens = {std::string(limits::kToken, 'x')};
  EXPECT_TRUE(RegistryPath::FromJson(path.ToJson()).ok());
  path.tokens[0] += 'x';
  EXPECT_EQ(RegistryPath::FromJson(path.ToJson()).status().message(),
            "metadata \"path\": a token has 8193 bytes: at most 8192");
}

TEST(RegistryPath, FirstHopAddsTheCallerAndItself) {
  RegistryPath path;
  ASSERT_TRUE(EnterRegistryHop("caller", "own", path).ok());
  EXPECT_EQ(path.index, 1u);
  EXPECT_THAT(path.tokens, ElementsAre("caller", "own"));
}

TEST(RegistryPath, LaterHopsRenewAndAppend) {
  RegistryPath path{.index = 1, .tokens = {"a", "old"}};
  ASSERT_TRUE(EnterRegistryHop("b", "c", path).ok());
  EXPECT_EQ(path.index, 2u);
  EXPECT_THAT(path.tokens, ElementsAre("a", "b", "c"));
  path.index = 0;
  ASSERT_TRUE(EnterRegistryHop("", "b2", path).ok());
  EXPECT_THAT(path.tokens, ElementsAre("a", "b2", "c"));
}

TEST(RegistryPath, LoopsEnd) {
  RegistryPath path;
  absl::Status status;
  for (int i = 0; i < 1000 && status.ok(); ++i) status = EnterRegistryHop("a", "b", path);
  EXPECT_TRUE(absl::IsInvalidArgument(status));
}

}  // namespace
}  // namespace nsm
