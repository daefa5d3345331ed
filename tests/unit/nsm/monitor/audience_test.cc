// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/monitor/audience.h"

#include <gtest/gtest.h>

#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/wire/path.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"

namespace nsm {
namespace {

class AudienceTest : public testing::Test {
 protected:
  std::string TokenOf(const std::string& name) const {
    return InsecureIdentity(name, absl::Minutes(10), clock_).Make().text;
  }
  // client > proxy > us > next, each segment with its hop's token.
  Connection OurView() const {
    Connection connection = ConnectionThrough({"client", "proxy", "us", "next"}, 2);
    for (PathSegment& segment : *connection.mutable_path()->mutable_path_segments()) {
      segment.set_token(TokenOf(segment.name()));
    }
    return connection;
  }
  static MonitorScopeSelector Selector(const std::string& name, const std::string& id) {
    MonitorScopeSelector selector;
    PathSegment& segment = *selector.add_path_segments();
    segment.set_name(name);
    segment.set_id(id);
    return selector;
  }
  bool Sees(const std::string& token, const MonitorScopeSelector& selector = {}) const {
    return Audience({.url = {}, .entrants = Entrants::kOthers}, {.token = token}, selector).Sees(OurView());
  }

  FakeClock clock_;
};

TEST_F(AudienceTest, OfThisNodeSeesEverything) {
  for (Entrants entrants : {Entrants::kNode, Entrants::kOperator}) {
    EXPECT_TRUE(Audience({.url = {}, .entrants = entrants}, {}, {}).Sees(OurView()));
  }
  EXPECT_TRUE(Audience().Sees(OurView()));
}

TEST_F(AudienceTest, APodSeesItsOwnAlone) {
  const Door door = {.url = {},
                     .entrants = Entrants::kPod,
                     .pod = std::make_shared<const Pod>(Pod{"pod", "ns", "uid", "default"})};
  Connection own = OurView();
  own.set_id(NewIdOfPod("uid"));
  Connection others = OurView();
  others.set_id(NewIdOfPod("other"));
  // Whatever the pod calls itself, and whatever it knows of the connection.
  const Audience audience(door, {.token = TokenOf("client")}, Selector("client", "client-id"));
  EXPECT_TRUE(audience.Sees(own));
  EXPECT_FALSE(audience.Sees(others));
  EXPECT_FALSE(audience.Sees(OurView())) << "a program of the node has it";
}

TEST_F(AudienceTest, AmongOthersIsWhomTheConnectionCameThrough) {
  EXPECT_TRUE(Sees(TokenOf("proxy")));
  EXPECT_TRUE(Sees(TokenOf("client")));
  EXPECT_FALSE(Sees(TokenOf("stranger")));
  EXPECT_FALSE(Sees(TokenOf("next"))) << "it has a copy already, and is watched, not a watcher";
  EXPECT_FALSE(Sees(TokenOf("us"))) << "our own name is known to everybody";
}

TEST_F(AudienceTest, ATokenSaysMoreThanTheSelector) {
  EXPECT_FALSE(Sees(TokenOf("stranger"), Selector("proxy", "proxy-id")));
}

TEST_F(AudienceTest, ANewTokenOfTheSameHopIsTheSame) {
  const Connection connection = OurView();
  clock_.Advance(absl::Minutes(5));
  EXPECT_TRUE(Audience({}, {.token = TokenOf("proxy")}, {}).Sees(connection));
}

TEST_F(AudienceTest, WithoutASubjectNeedsNameAndIdOfAHopInFront) {
  for (const std::string token : {"", "TestToken"}) {
    EXPECT_TRUE(Sees(token, Selector("proxy", "proxy-id")));
    EXPECT_FALSE(Sees(token, Selector("proxy", "")));
    EXPECT_FALSE(Sees(token, Selector("", "proxy-id")));
    EXPECT_FALSE(Sees(token, Selector("proxy", "client-id")));
    EXPECT_FALSE(Sees(token, Selector("next", "next-id")));
    EXPECT_FALSE(Sees(token)) << "who selects nothing is shown nothing";
  }
}

}  // namespace
}  // namespace nsm
