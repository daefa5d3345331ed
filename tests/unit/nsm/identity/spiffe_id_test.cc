// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/spiffe_id.h"

#include "gtest/gtest.h"

namespace nsm {
namespace {

TEST(SpiffeId, IsReadAndWritten) {
  for (const char* text :
       {"spiffe://west.test/ns/nsm-system/pod/nsmgr-abc12", "spiffe://a_b-1/X.y", "spiffe://td"}) {
    const absl::StatusOr<SpiffeId> id = SpiffeId::Parse(text);
    ASSERT_TRUE(id.ok()) << text << ": " << id.status();
    EXPECT_EQ(id->ToString(), text);
  }
  EXPECT_EQ(SpiffeId::Parse("spiffe://td/a")->trust_domain, "td");
  EXPECT_EQ(SpiffeId::Parse("spiffe://td/a")->path, "/a");
  EXPECT_EQ(SpiffeId::Parse("spiffe://td")->path, "");
}

TEST(SpiffeId, RefusesWhatTheSpecificationForbids) {
  const std::string long_domain(256, 'a');
  const std::string long_path(2048, 'a');
  for (const std::string& text : {std::string(),
                                  std::string("td/a"),
                                  std::string("http://td/a"),
                                  std::string("SPIFFE://td/a"),
                                  std::string("spiffe:///a"),
                                  std::string("spiffe://TD/a"),
                                  std::string("spiffe://td:80/a"),
                                  std::string("spiffe://user@td/a"),
                                  std::string("spiffe://td/"),
                                  std::string("spiffe://td//a"),
                                  std::string("spiffe://td/a/"),
                                  std::string("spiffe://td/./a"),
                                  std::string("spiffe://td/../a"),
                                  std::string("spiffe://td/a?b"),
                                  std::string("spiffe://td/a#b"),
                                  std::string("spiffe://td/a%2fb"),
                                  std::string("spiffe://td/a b"),
                                  std::string("spiffe://td/a\0b", 15),
                                  "spiffe://" + long_domain + "/a",
                                  "spiffe://td/" + long_path}) {
    EXPECT_TRUE(absl::IsInvalidArgument(SpiffeId::Parse(text).status())) << text;
  }
}

TEST(TrustDomain, IsNamedWithItsSchemeOrWithout) {
  EXPECT_EQ(ParseTrustDomain("spiffe://west.test").value(), "west.test");
  EXPECT_EQ(ParseTrustDomain("west.test").value(), "west.test");
  for (const char* text : {"", "spiffe://", "west.test/a", "West.test"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseTrustDomain(text).status())) << text;
  }
}

}  // namespace
}  // namespace nsm
