// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/policies.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/identity/jwt.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/test_trust_domain.h"

namespace nsm {
namespace {

using testing::HasSubstr;

// The path nsc > nsmgr > forwarder, as the forwarder sees it.
class PoliciesTest : public testing::Test {
 protected:
  std::string Token(const std::string& from, const std::string& to) const {
    return TokenSigner(svids_.at(from), absl::Minutes(10), clock_).Make(domain_.Id(to)).value().text;
  }
  std::string TokenWith(const std::string& from, const std::string& claims) const {
    return SignJwt(claims, *svids_.at(from)->key).value();
  }
  Peer PeerOf(const std::string& name) const {
    return {.id = domain_.Id(name), .certificate = svids_.at(name)->chain_pem, .newest = ""};
  }
  std::vector<std::string> GoodTokens() const {
    return {Token("nsc", "nsmgr"), Token("nsmgr", "forwarder"), Token("forwarder", "nsmgr")};
  }
  absl::Status CheckCall(const std::vector<std::string>& tokens, const std::string& caller = "nsmgr") const {
    return policies_.CheckCall(*own_, PeerOf(caller), tokens, clock_.Now());
  }
  std::string Denial(const std::vector<std::string>& tokens, const std::string& caller = "nsmgr") const {
    const absl::Status checked = CheckCall(tokens, caller);
    EXPECT_TRUE(absl::IsPermissionDenied(checked)) << checked;
    return std::string(checked.message());
  }

  FakeClock clock_;
  const TestTrustDomain domain_{"west.test"};
  const std::map<std::string, std::shared_ptr<const Svid>> svids_ = {
      {"nsc", domain_.SvidOf("nsc")},
      {"nsmgr", domain_.SvidOf("nsmgr")},
      {"forwarder", domain_.SvidOf("forwarder")},
      {"mallory", domain_.SvidOf("mallory")}};
  const std::unique_ptr<SpiffeIdentity> own_ =
      SpiffeIdentity::Create({svids_.at("forwarder"), BundlesOf(domain_)}, absl::Minutes(10), clock_).value();
  Policies policies_;
};

TEST_F(PoliciesTest, AGoodPathKeepsAll) {
  EXPECT_EQ(CheckCall(GoodTokens()), absl::OkStatus());
  EXPECT_EQ(policies_.CheckAnswer(*own_, PeerOf("nsmgr"),
                                  {Token("forwarder", "nsmgr"), Token("nsmgr", "nsc")}, 1, clock_.Now()),
            absl::OkStatus());
}

TEST_F(PoliciesTest, EachTokenIsValid) {
  std::vector<std::string> tokens = GoodTokens();
  for (const std::string& bad :
       {std::string(), std::string("no token"), std::string("a.b.c"),
        InsecureIdentity("nsc", absl::Minutes(1), clock_).Make().text,
        TokenWith("nsc", R"({"exp":99999999999})"), TokenWith("nsc", R"({"sub":"spiffe://x/y"})"),
        TokenWith("nsc", R"({"sub":["a"],"exp":99999999999})")}) {
    tokens[0] = bad;
    EXPECT_THAT(Denial(tokens), HasSubstr("policy common/tokens_valid: token 1 of 3")) << bad;
  }
}

TEST_F(PoliciesTest, NoTokenHasEnded) {
  const std::vector<std::string> tokens = GoodTokens();
  clock_.Advance(absl::Minutes(14));
  EXPECT_EQ(CheckCall(tokens), absl::OkStatus());  // clocks may differ
  clock_.Advance(absl::Minutes(2));
  EXPECT_THAT(Denial(tokens), HasSubstr("policy common/tokens_expired: token 1 of 3: it ended 6m ago"));
}

TEST_F(PoliciesTest, NoTokenIsFromTimesToCome) {
  const std::vector<std::string> tokens = GoodTokens();
  clock_.Advance(-absl::Minutes(4));
  EXPECT_EQ(CheckCall(tokens), absl::OkStatus());
  clock_.Advance(-absl::Minutes(2));
  EXPECT_THAT(Denial(tokens), HasSubstr("policy common/tokens_expired: token 1 of 3: it is from 6m ahead"));
}

TEST_F(PoliciesTest, EachTokenIsForTheNextOnesMaker) {
  std::vector<std::string> tokens = GoodTokens();
  tokens[0] = Token("nsc", "forwarder");
  EXPECT_THAT(Denial(tokens),
              HasSubstr("policy common/tokens_chained: token 1 of 3: spiffe://west.test/nsc made it for "
                        "spiffe://west.test/forwarder, not for spiffe://west.test/nsmgr"));
  tokens = GoodTokens();
  tokens[1] = Token("nsmgr", "nsc");
  EXPECT_THAT(Denial(tokens), HasSubstr("policy common/tokens_chained: token 2 of 3"));
}

TEST_F(PoliciesTest, AnAudienceIsOneTextOrAList) {
  std::vector<std::string> tokens = GoodTokens();
  const std::string end = absl::StrCat(absl::ToUnixSeconds(clock_.Now()) + 60);
  const std::string rest = R"(,"sub":"spiffe://west.test/nsc","exp":)" + end + "}";
  tokens[0] = TokenWith("nsc", R"({"aud":"spiffe://west.test/nsmgr")" + rest);
  EXPECT_EQ(CheckCall(tokens), absl::OkStatus());
  tokens[0] = TokenWith("nsc", R"({"aud":["spiffe://a/b","spiffe://west.test/nsmgr"])" + rest);
  EXPECT_EQ(CheckCall(tokens), absl::OkStatus());
  for (const char* none : {R"({"aud":[])", R"({"aud":{})", R"({"a":1)"}) {
    tokens[0] = TokenWith("nsc", none + rest);
    EXPECT_THAT(Denial(tokens), HasSubstr("policy common/tokens_chained")) << none;
  }
}

TEST_F(PoliciesTest, TheCallersTokenIsTheCallers) {
  // Mallory has got hold of the NSMgr's token, or signs one in its name.
  EXPECT_THAT(Denial(GoodTokens(), "mallory"), HasSubstr("policy server/prev_token_signed"));
  std::vector<std::string> tokens = GoodTokens();
  const std::string end = absl::StrCat(absl::ToUnixSeconds(clock_.Now()) + 60);
  tokens[1] = TokenWith(
      "mallory",
      R"({"aud":["spiffe://west.test/forwarder"],"sub":"spiffe://west.test/nsmgr","exp":)" + end + "}");
  EXPECT_THAT(Denial(tokens, "mallory"),
              HasSubstr("in the name of spiffe://west.test/nsmgr, but came from spiffe://west.test/mallory"));
  EXPECT_THAT(Denial(tokens), HasSubstr("policy server/prev_token_signed"));
  EXPECT_THAT(Denial({Token("forwarder", "nsmgr")}), HasSubstr("the path has no caller"));
}

TEST_F(PoliciesTest, TheNextHopsTokenIsTheNextHops) {
  const std::vector<std::string> tokens = {Token("forwarder", "nsmgr"), Token("nsmgr", "nsc")};
  const absl::Status other = policies_.CheckAnswer(*own_, PeerOf("mallory"), tokens, 1, clock_.Now());
  EXPECT_THAT(std::string(other.message()), HasSubstr("policy client/next_token_signed"));
  const absl::Status none = policies_.CheckAnswer(*own_, PeerOf("nsmgr"), tokens, 2, clock_.Now());
  EXPECT_THAT(std::string(none.message()), HasSubstr("the path has no next hop"));
}

TEST_F(PoliciesTest, OnlyThoseThatAreNamedCount) {
  policies_ = Policies::Of({"common/tokens_valid"}).value();
  EXPECT_EQ(CheckCall({Token("nsc", "forwarder"), Token("nsmgr", "nsc")}, "mallory"), absl::OkStatus());
  EXPECT_FALSE(CheckCall({"no token"}).ok());
  const absl::Status unknown = Policies::Of({"common/tokens_good"}).status();
  EXPECT_TRUE(absl::IsInvalidArgument(unknown));
  EXPECT_THAT(std::string(unknown.message()),
              HasSubstr("\"common/tokens_good\": there are client/next_token_signed,"));
}

TEST_F(PoliciesTest, WithoutIdentitiesThereIsNothingToCheck) {
  const InsecureIdentity insecure("forwarder", absl::Minutes(10), clock_);
  EXPECT_EQ(policies_.CheckCall(insecure, {}, {"anything"}, clock_.Now()), absl::OkStatus());
}

}  // namespace
}  // namespace nsm
