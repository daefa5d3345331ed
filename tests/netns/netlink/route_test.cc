// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/route.h"

#include <vector>

#include "src/netlink/address.h"
#include "tests/netns/netlink/netlink_test.h"

namespace nsm::netlink {
namespace {

using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

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
    ASSERT_EQ(AddRoute(socket(), route), absl::OkStatus())
        << "also where the link does not reach its next hop";
    EXPECT_THAT(Routes(a_), ElementsAre(route));
    ASSERT_EQ(RemoveRoute(socket(), route), absl::OkStatus());
  }
  EXPECT_THAT(Routes(IndexOf("b")), IsEmpty());
}

TEST_P(RouteTest, ToEverythingIsOneToo) {
  LinkRoute route{.index = a_, .prefix = family().everything, .next_hop = family().unreachable_gateway};
  ASSERT_EQ(AddRoute(socket(), route), absl::OkStatus());
  EXPECT_THAT(Routes(a_), ElementsAre(route));
  ASSERT_EQ(RemoveRoute(socket(), route), absl::OkStatus());
  EXPECT_THAT(Routes(a_), IsEmpty());
}

TEST_P(RouteTest, BitsBehindTheLengthDoNotCount) {
  LinkRoute route{.index = a_, .prefix = family().address, .next_hop = std::nullopt};
  ASSERT_EQ(AddRoute(socket(), route), absl::OkStatus());
  route.prefix = route.prefix.Masked();
  EXPECT_THAT(Routes(a_), ElementsAre(route));
}

TEST_P(RouteTest, ThoseOfOthersAreNotOurs) {
  Output("ip " + Family() + " route add " + family().remote.ToString() + " dev a metric 5");
  Output("ip " + Family() + " route add " + family().remote.ToString() + " dev a proto 97 table 77");
  EXPECT_THAT(Routes(a_), IsEmpty());
  ASSERT_EQ(AddRoute(socket(), Via()), absl::OkStatus());
  EXPECT_THAT(Routes(a_), ElementsAre(Via()));
  ASSERT_EQ(RemoveRoute(socket(), Via()), absl::OkStatus());
  EXPECT_THAT(Output("ip " + Family() + " route show " + family().remote.ToString()), HasSubstr("metric 5"));
  EXPECT_THAT(Output("ip " + Family() + " route show table 77"), HasSubstr(family().remote.ToString()));
}

TEST_P(RouteTest, ThoseToTheSamePrefixStayInUse) {
  auto used = [&] { return LookUpRoute(socket(), family().remote.Last())->index; };
  const Ifindex b = IndexOf("b");
  const LinkRoute over_b{.index = b, .prefix = family().remote, .next_hop = std::nullopt};
  ASSERT_EQ(AddRoute(socket(), OnLink()), absl::OkStatus());
  ASSERT_EQ(AddRoute(socket(), over_b), absl::OkStatus());
  EXPECT_EQ(used(), a_) << "the first of ours";
  ASSERT_EQ(RemoveRoute(socket(), OnLink()), absl::OkStatus());
  EXPECT_EQ(used(), b);
  Output("ip " + Family() + " route add " + family().remote.ToString() + " dev a metric 4000");
  EXPECT_EQ(used(), a_) << "somebody else's";
  const std::string theirs =
      Output("ip " + Family() + " route show " + family().remote.ToString() + " dev a");
  ASSERT_EQ(AddRoute(socket(), Via()), absl::OkStatus());
  ASSERT_EQ(RemoveRoute(socket(), Via()), absl::OkStatus());
  EXPECT_EQ(Output("ip " + Family() + " route show " + family().remote.ToString() + " dev a"), theirs);
}

TEST_P(RouteTest, ToTheDestinationItselfIsPreferred) {
  const Ifindex b = IndexOf("b");
  const IpPrefix host = IpPrefix::Host(family().remote.Last());
  for (const IpPrefix& prefix : {host, family().remote}) {
    LinkRoute route{.index = a_, .prefix = prefix, .next_hop = family().unreachable_gateway};
    ASSERT_EQ(AddRoute(socket(), route), absl::OkStatus());
    route = {.index = b, .prefix = prefix, .next_hop = std::nullopt};
    ASSERT_EQ(AddRoute(socket(), route), absl::OkStatus());
    EXPECT_EQ(LookUpRoute(socket(), host.address())->index, prefix == host ? b : a_)
        << "though it came later; but not one to many";
    for (const LinkRoute& added : Routes(a_)) ASSERT_EQ(RemoveRoute(socket(), added), absl::OkStatus());
    for (const LinkRoute& added : Routes(b)) ASSERT_EQ(RemoveRoute(socket(), added), absl::OkStatus());
  }
}

TEST_P(RouteTest, AllThatAPacketMightTakeAreFound) {
  const IpPrefix& remote = family().remote;
  const IpPrefix host = IpPrefix::Host(remote.Last());
  EXPECT_THAT(FindRoutes(socket(), remote).value(), IsEmpty());
  EXPECT_THAT(FindRoutes(socket(), host).value(), IsEmpty());
  ASSERT_EQ(AddRoute(socket(), Via()), absl::OkStatus());
  Output("ip " + Family() + " route add " + family().everything.ToString() + " dev b");
  Output("ip " + Family() + " route add " + family().other_address.Masked().ToString() + " dev b");
  Output("ip " + Family() + " route add " + remote.ToString() + " dev a table 77");
  const FoundRoute ours{.route = Via(), .is_ours = true};
  const FoundRoute theirs{.route = {IndexOf("b"), family().everything, std::nullopt}, .is_ours = false};
  EXPECT_THAT(FindRoutes(socket(), remote).value(), UnorderedElementsAre(ours, theirs));
  EXPECT_THAT(FindRoutes(socket(), family().everything).value(), SizeIs(Ge(3u)));
  EXPECT_THAT(FindRoutes(socket(), host).value(), ElementsAre(ours)) << "the one that is used";
  ASSERT_EQ(EnsureAddress(socket(), a_, host), absl::OkStatus());
  EXPECT_TRUE(testing::Eventually([&] { return FindRoutes(socket(), host)->empty(); }))
      << "not for its own addresses";
}

TEST_P(RouteTest, RemovedIsGoneAndGoneIsFine) {
  ASSERT_EQ(AddRoute(socket(), Via()), absl::OkStatus());
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
  EXPECT_EQ(AddRoute(socket(), OnLink()).code(), absl::StatusCode::kUnavailable);
  LinkRoute route = OnLink();
  route.index = GoneLink();
  EXPECT_EQ(AddRoute(socket(), route).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(RemoveRoute(socket(), route), absl::OkStatus());
  EXPECT_THAT(Routes(route.index), IsEmpty());
}

TEST_P(RouteTest, IsLookedUpAsAPacketWouldBe) {
  EXPECT_FALSE(LookUpRoute(socket(), family().remote.Last()).ok());
  ASSERT_EQ(AddRoute(socket(), Via()), absl::OkStatus());
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

TEST_P(RouteTest, IsLookedUpFromASource) {
  Output("ip " + Family() + " route add " + family().remote.ToString() + " dev a");
  Output("ip " + Family() + " route add " + family().remote.ToString() + " dev b table 77");
  ASSERT_EQ(EnsureAddress(socket(), a_, family().address), absl::OkStatus());
  const IpAddress source = family().address.address();
  Output("ip " + Family() + " rule add from " + source.ToString() + " table 77");
  EXPECT_EQ(LookUpRoute(socket(), family().remote.Last())->index, a_);
  EXPECT_EQ(LookUpRoute(socket(), family().remote.Last(), source)->index, IndexOf("b"));
}

TEST_P(RouteTest, IsLookedUpWithItsNextHop) {
  ASSERT_EQ(AddRoute(socket(), OnLink()), absl::OkStatus());
  EXPECT_EQ(LookUpRoute(socket(), family().remote.Last())->next_hop, std::nullopt);
  ASSERT_EQ(RemoveRoute(socket(), OnLink()), absl::OkStatus());
  ASSERT_EQ(AddRoute(socket(), Via()), absl::OkStatus());
  EXPECT_EQ(LookUpRoute(socket(), family().remote.Last())->next_hop, Via().next_hop);
  if (!family().remote.address().is_v4()) return;
  Output("ip route add " + family().remote.ToString() + " via inet6 fe80::7 dev a");
  EXPECT_EQ(LookUpRoute(socket(), family().remote.Last())->next_hop, Ip("fe80::7"));
}

TEST_P(RouteTest, IsPlainWhereItLeadsToAnotherHost) {
  ASSERT_EQ(EnsureAddress(socket(), a_, family().address), absl::OkStatus());
  ASSERT_EQ(AddRoute(socket(), OnLink()), absl::OkStatus());
  EXPECT_TRUE(LookUpRoute(socket(), family().remote.Last())->is_plain);
  // A worker of the kernel makes that of an IPv6 address.
  EXPECT_TRUE(testing::Eventually([&] {
    auto own = LookUpRoute(socket(), family().address.address());
    return own.ok() && !own->is_plain;
  })) << "to this one";
}

}  // namespace
}  // namespace nsm::netlink
