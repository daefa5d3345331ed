// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/wire/token_claims.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace nsm {
namespace {

std::string Jwt(const std::string& claims) {
  return absl::StrCat("e30.", absl::WebSafeBase64Escape(claims), ".");
}

TEST(TokenSubject, OnlyOfJwts) {
  EXPECT_EQ(TokenSubject(Jwt(R"({"sub":"spiffe://west/nse"})")), "spiffe://west/nse");
  for (const std::string& token :
       {std::string(), std::string("a.b.c"), std::string("a.b"), Jwt("[]"), Jwt("{}"), Jwt(R"({"sub":7})")}) {
    EXPECT_EQ(TokenSubject(token), std::nullopt) << token;
  }
}

TEST(TokenIssued, OnlyOfJwts) {
  EXPECT_EQ(TokenIssued(Jwt(R"({"iat":1700000000})")), absl::FromUnixSeconds(1'700'000'000));
  EXPECT_EQ(TokenIssued(Jwt(R"({"iat":1700000000.5})")), absl::FromUnixMillis(1'700'000'000'500));
  for (const std::string& token : {std::string(), std::string("a.b.c"), Jwt("{}"), Jwt(R"({"iat":"now"})")}) {
    EXPECT_EQ(TokenIssued(token), std::nullopt) << token;
  }
}

}  // namespace
}  // namespace nsm
