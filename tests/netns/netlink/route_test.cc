// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/route.h"

#include <vector>

#include "tests/netns/netlink/netlink_test.h"

namespace nsm::netlink {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RouteTest : public FamilyTest {
 protected:
  std::vector<LinkRoute> Routes(Ifindex index) {
    std::vector<LinkRoute> found;
    EXPECT_EQ(DumpRoutes(socket(), index, [&](const LinkRoute& route) { found.push_back(route); }),
              absl::OkStatus());
    return found;
  }
  LinkRoute OnLink() const { return {.index = a_, .prefix = family().remote, .next_hop = std::nullopt}; }
  LinkRoute Via() const {
    return {.index = a_, .prefix = family().remote, .next_hop = family().unreachable_gateway};
  }
  std::string Family() const { return family().address.address().is_v4() ? "-4" : "-6"; }
};

INSTANTIATE_TEST_SUITE_P(Both, RouteTest, BothFamilies(), FamilyName);

TEST_P(RouteTest, IsAsItWasWritten) {
  for (const LinkRoute& route : {OnLink(), Via()}) {
    ASSERT_EQ(EnsureRoute(socket(), route), absl::OkStatus())
        << "also where the link does not reach its next hop";
    EXPECT_THAT(Routes(a_), ElementsAre(route)) << "in place of the one before";
  }
  EXPECT_THAT(Routes(IndexOf("b")), IsEmpty());
}

TEST_P(RouteTest, ToEverythingIsOneToo) {
  LinkRoute route{.index = a_, .prefix = family().everything, .next_hop = family().unreachable_gateway};
  ASSERT_EQ(EnsureRoute(socket(), route), absl::OkStatus());
  EXPECT_THAT(Routes(a_), ElementsAre(route));
  ASSERT_EQ(RemoveRoute(socket(), route), absl::OkStatus());
  EXPECT_THAT(Routes(a_), IsEmpty());
}

TEST_P(RouteTest, BitsBehindTheLengthDoNotCount) {
  LinkRoute route{.index = a_, .prefix = family().address, .next_hop = std::nullopt};
  ASSERT_EQ(EnsureRoute(socket(), route), absl::OkStatus());
  route.prefix = route.prefix.Masked();
  EXPECT_THAT(Routes(a_), ElementsAre(route));
}

TEST_P(RouteTest, ThoseOfOthersAreNotOurs) {
  Output("ip " + Family() + " route add " + family().remote.ToString() + " dev a metric 5");
  Output("ip " + Family() + " route add " + family().remote.ToString() + " dev a proto 97 table 77");
  EXPECT_THAT(Routes(a_), IsEmpty());
  ASSERT_EQ(EnsureRoute(socket(), Via()), absl::OkStatus());
  EXPECT_THAT(Routes(a_), ElementsAre(Via()));
  ASSERT_EQ(RemoveRoute(socket(), Via()), absl::OkStatus());
  EXPECT_THAT(Output("ip " + Family() + " route show " + family().remote.ToString()), HasSubstr("metric 5"));
  EXPECT_THAT(Output("ip " + Family() + " route show table 77"), HasSubstr(family().remote.ToString()));
}

TEST_P(RouteTest, RemovedIsGoneAndGoneIsFine) {
  ASSERT_EQ(EnsureRoute(socket(), Via()), absl::OkStatus());
  ASSERT_EQ(
      RemoveRoute(socket(), {.index = IndexOf("b"), .prefix = Via().prefix, .next_hop = Via().next_hop}),
      absl::OkStatus());
  EXPECT_THAT(Routes(a_), ElementsAre(Via())) << "over another link it is another route";
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(RemoveRoute(socket(), Via()), absl::OkStatus());
    EXPECT_THAT(Routes(a_), IsEmpty());
  }
}

TEST_P(RouteTest, OverALinkThatIsDownOrGone) {
  Output("ip link set dev a down");
  EXPECT_EQ(EnsureRoute(socket(), OnLink()).code(), absl::StatusCode::kUnavailable);
  LinkRoute route = OnLink();
  route.index = GoneLink();
  EXPECT_EQ(EnsureRoute(socket(), route).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(RemoveRoute(socket(), route), absl::OkStatus());
  EXPECT_THAT(Routes(route.index), IsEmpty());
}

TEST_P(RouteTest, IsLookedUpAsAPacketWouldBe) {
  EXPECT_FALSE(LookUpRoute(socket(), family().remote.Last()).ok());
  ASSERT_EQ(EnsureRoute(socket(), Via()), absl::OkStatus());
  auto found = LookUpRoute(socket(), family().remote.Last());
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->index, a_);
  EXPECT_EQ(found->mtu, std::nullopt);
  Output("ip " + Family() + " route replace " + family().remote.ToString() + " dev b mtu 1400");
  found = LookUpRoute(socket(), family().remote.Last());
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->index, IndexOf("b"));
  EXPECT_EQ(found->mtu, 1400u);
}

}  // namespace
}  // namespace nsm::netlink
