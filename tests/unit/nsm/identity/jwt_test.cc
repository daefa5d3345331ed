// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/jwt.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/test_trust_domain.h"

namespace nsm {
namespace {

using testing::HasSubstr;

class JwtTest : public testing::Test {
 protected:
  std::string Refusal(const std::string& jwt) const {
    const absl::Status checked = CheckSignature(jwt, *svid_->key);
    EXPECT_TRUE(absl::IsPermissionDenied(checked)) << checked;
    return std::string(checked.message());
  }

  const TestTrustDomain domain_{"west.test"};
  const std::shared_ptr<const Svid> svid_ = domain_.SvidOf("a");
  const std::string jwt_ = SignJwt(R"({"sub":"spiffe://west.test/a"})", *svid_->key).value();
};

TEST_F(JwtTest, IsCheckedByItsKey) {
  EXPECT_TRUE(CheckSignature(jwt_, *svid_->key).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(CheckSignature(jwt_, *domain_.SvidOf("b")->key)));
}

// Numbers with zeros in front have fewer bytes in OpenSSL's form: one of a hundred.
TEST_F(JwtTest, EverySignatureIsOfTheSameSize) {
  for (int i = 0; i < 600; ++i) {
    const absl::StatusOr<std::string> jwt = SignJwt(absl::StrCat(R"({"n":)", i, "}"), *svid_->key);
    ASSERT_TRUE(jwt.ok()) << jwt.status();
    EXPECT_EQ(jwt->size() - jwt->rfind('.') - 1, 86);  // 64 bytes, base64url without padding
    ASSERT_TRUE(CheckSignature(*jwt, *svid_->key).ok());
  }
}

TEST_F(JwtTest, IsRefusedWhenAnythingOfItIsChanged) {
  const std::vector<std::string> parts = absl::StrSplit(jwt_, '.');
  const std::string claims = absl::WebSafeBase64Escape(R"({"sub":"spiffe://west.test/b"})");
  EXPECT_THAT(Refusal(absl::StrCat(parts[0], ".", claims, ".", parts[2])), HasSubstr("signature"));
  std::string tampered = jwt_;
  tampered[tampered.size() - 20] = tampered[tampered.size() - 20] == 'A' ? 'B' : 'A';
  EXPECT_THAT(Refusal(tampered), HasSubstr("signature"));
}

TEST_F(JwtTest, NoOtherAlgorithmCounts) {
  const std::vector<std::string> parts = absl::StrSplit(jwt_, '.');
  for (const char* header :
       {R"({"alg":"none"})", R"({"alg":"HS256"})", R"({"alg":["ES256"]})", R"({})", "[]", "no JSON"}) {
    EXPECT_THAT(Refusal(absl::StrCat(absl::WebSafeBase64Escape(header), ".", parts[1], ".", parts[2])),
                HasSubstr("algorithm is not ES256"));
  }
}

TEST_F(JwtTest, IsRefusedWithoutASignature) {
  const std::string unsigned_part = jwt_.substr(0, jwt_.rfind('.'));
  EXPECT_THAT(Refusal(unsigned_part), HasSubstr("not a JWT"));
  EXPECT_THAT(Refusal(unsigned_part + "."), HasSubstr("no signature"));
  EXPECT_THAT(Refusal(unsigned_part + ".AAAA"), HasSubstr("no signature"));
  EXPECT_THAT(Refusal(unsigned_part + "." + absl::WebSafeBase64Escape(std::string(64, '\0'))),
              HasSubstr("signature"));
  EXPECT_THAT(Refusal(unsigned_part + "." + absl::WebSafeBase64Escape(std::string(64, '\xff'))),
              HasSubstr("signature"));
  EXPECT_THAT(Refusal(""), HasSubstr("not a JWT"));
}

}  // namespace
}  // namespace nsm
