// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/cross_connects.h"

#include "tests/unit/dataplane/cross_connects_fixture.h"

namespace nsm::dataplane {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(CrossConnectsTest, BuildsAttachmentAndTunnel) {
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  FakeKernel::Pair* pair = kernel.FindPair({11}, "nsm0");
  ASSERT_NE(pair, nullptr);
  EXPECT_TRUE(pair->up && pair->guarded && pair->host_up && pair->host_guard);
  EXPECT_THAT(pair->addresses, SizeIs(2));
  EXPECT_THAT(pair->routes, SizeIs(2));
  Ifindex index = kernel.state.pairs.begin()->first;
  EXPECT_EQ(kernel.state.egress.at(index).to, (std::variant<Tunnel, Ifindex>(TunnelTo("192.0.2.2", 77))));
  EXPECT_EQ(kernel.state.ingress.at({Ip("192.0.2.2"), {77}}).index, index);
  EXPECT_THAT(kernel.state.sources.at(index), SizeIs(2));
  EXPECT_EQ(kernel.releases, 1);
}

TEST_F(CrossConnectsTest, IsGuardedBeforeItIsUpAndUpBeforeThePodIs) {
  std::vector<Op> steps = StepsOf(Remote());
  auto position = [&steps](auto is) { return std::find_if(steps.begin(), steps.end(), is) - steps.begin(); };
  auto guard = position([](const Op& op) { return std::holds_alternative<AttachHostGuard>(op); });
  auto raise = position([](const Op& op) { return std::holds_alternative<RaiseHostEnd>(op); });
  auto egress = position([](const Op& op) { return std::holds_alternative<PutEgress>(op); });
  auto pod = position([](const Op& op) { return std::holds_alternative<ConfigurePodEnd>(op); });
  EXPECT_TRUE(std::holds_alternative<PutRecord>(steps.front()));
  EXPECT_LT(guard, raise);
  EXPECT_LT(raise, egress);
  EXPECT_LT(egress, pod);
}

TEST_F(CrossConnectsTest, JoinsTwoAttachments) {
  ASSERT_EQ(cross_connects->Apply(Local()), absl::OkStatus());
  ASSERT_THAT(kernel.state.pairs, SizeIs(2));
  Ifindex first = kernel.state.pairs.begin()->first;
  Ifindex second = kernel.state.pairs.rbegin()->first;
  EXPECT_EQ(kernel.state.egress.at(first).to, (std::variant<Tunnel, Ifindex>(second)));
  EXPECT_EQ(kernel.state.egress.at(second).to, (std::variant<Tunnel, Ifindex>(first)));
  EXPECT_THAT(kernel.state.ingress, IsEmpty());
}

TEST_F(CrossConnectsTest, PayloadIpSpeaksIpv6OnlyWhereThereAreAddressesOfIt) {
  CrossConnect wanted = Remote();
  auto& attachment = std::get<Attachment>(wanted.client);
  attachment.addresses = attachment.allowed_sources = {Prefix("10.0.0.1/32")};
  attachment.mac = MacAddress{{2, 0, 0, 0, 0, 1}};
  attachment.neighbors = {{Ip("10.0.0.2"), MacAddress{{2, 0, 0, 0, 0, 2}}}};
  ASSERT_EQ(cross_connects->Apply(wanted), absl::OkStatus());
  EXPECT_TRUE(kernel.FindPair({11}, "nsm0")->ipv6) << "a wire carries whatever the pods want";

  wanted.id = "two";
  wanted.payload = Payload::kIp;
  attachment.name = "nsm1";
  attachment.routes.pop_back();  // "one" leads there
  wanted.endpoint = TunnelTo("192.0.2.2", 78);
  ASSERT_EQ(cross_connects->Apply(wanted), absl::OkStatus());
  FakeKernel::Pair* pair = kernel.FindPair({11}, "nsm1");
  EXPECT_FALSE(pair->ipv6);
  EXPECT_THAT(StepsOf(wanted), IsEmpty());

  attachment.routes.push_back({Prefix("fd00:1::/64"), std::nullopt});
  ASSERT_EQ(cross_connects->Apply(wanted), absl::OkStatus());
  EXPECT_TRUE(pair->ipv6);
  EXPECT_THAT(pair->neighbors, SizeIs(1)) << "as before";

  attachment.routes.pop_back();
  ASSERT_EQ(cross_connects->Apply(wanted), absl::OkStatus());
  EXPECT_TRUE(pair->ipv6) << "the pod may have come to use it";
  pair->ipv6 = false;
  EXPECT_THAT(StepsOf(wanted), IsEmpty()) << "so it may switch it off";
}

TEST_F(CrossConnectsTest, GivesThePodItsMacAddressAndItsNeighbors) {
  const MacAddress own{{2, 0, 0, 0, 0, 1}};
  const MacAddress other{{2, 0, 0, 0, 0, 2}};
  CrossConnect wanted = Remote();
  auto& attachment = std::get<Attachment>(wanted.client);
  attachment.mac = own;
  attachment.neighbors = {{Ip("10.0.0.2"), other}, {Ip("fd00::2"), other}};
  ASSERT_EQ(cross_connects->Apply(wanted), absl::OkStatus());
  FakeKernel::Pair* pair = kernel.FindPair({11}, "nsm0");
  EXPECT_EQ(pair->mac, own);
  EXPECT_THAT(pair->neighbors, SizeIs(2));
  EXPECT_THAT(StepsOf(wanted), IsEmpty());

  pair->neighbors[Ip("10.0.0.2")] = own;
  pair->neighbors[Ip("10.0.0.3")] = other;
  ASSERT_EQ(cross_connects->Apply(wanted), absl::OkStatus());
  EXPECT_EQ(pair->neighbors,
            (std::map<IpAddress, MacAddress>{{Ip("10.0.0.2"), other}, {Ip("fd00::2"), other}}));
  pair->mac = other;
  ASSERT_EQ(cross_connects->Apply(wanted), absl::OkStatus());
  EXPECT_EQ(pair->mac, own);
  EXPECT_THAT(pair->neighbors, SizeIs(2)) << "the kernel forgets them with the address";
}

TEST_F(CrossConnectsTest, AnAttachmentMadeAnewLeadsWhereTheOldOneLed) {
  CrossConnect wanted = Remote();
  auto& attachment = std::get<Attachment>(wanted.client);
  for (const char* name : {"nsm0", "nsm1"}) {
    attachment.name = name;
    ASSERT_EQ(cross_connects->Apply(wanted), absl::OkStatus());
    ASSERT_THAT(kernel.state.ways_back, SizeIs(1)) << "the old one leads nowhere";
    EXPECT_THAT(kernel.state.ways_back.begin()->second,
                ElementsAre(Prefix("10.0.0.2/32"), Prefix("10.1.0.0/16")));
  }
  EXPECT_TRUE(kernel.FindPair({11}, "nsm1")->arrivals) << "it leads beyond its peer";
  attachment.routes.pop_back();
  ASSERT_EQ(cross_connects->Apply(wanted), absl::OkStatus());
  EXPECT_FALSE(kernel.FindPair({11}, "nsm1")->arrivals);
  EXPECT_THAT(kernel.state.ways_back.begin()->second, ElementsAre(Prefix("10.0.0.2/32")));
}

TEST_F(CrossConnectsTest, KnowsWhatConnectionsAskOfTheirPeers) {
  CrossConnect small = Remote("small");
  small.mtu = 1400;
  small.client = PodAttachment(kPodB);
  std::get<Tunnel>(small.endpoint).vni = {78};
  CrossConnect unlimited = Remote("unlimited");
  unlimited.mtu = 0;
  unlimited.peer_answers = small.peer_answers = true;
  unlimited.client = PodAttachment(kPodA, "nsm1");
  std::get<Attachment>(unlimited.client).routes.clear();
  unlimited.endpoint = TunnelTo("192.0.2.3", 1);
  for (const CrossConnect& wanted : {Remote(), small, unlimited}) {
    ASSERT_EQ(cross_connects->Apply(wanted), absl::OkStatus());
  }
  using Peers = std::map<IpAddress, PeerNeeds>;
  EXPECT_EQ(cross_connects->Peers(), (Peers{{Ip("192.0.2.2"), {.promised = 1450, .answers = false}},
                                            {Ip("192.0.2.3"), {.promised = 1500, .answers = true}}}));
  EXPECT_THAT(cross_connects->Through(Ip("192.0.2.2")), ElementsAre("one", "small"));
  EXPECT_THAT(cross_connects->Through(Ip("192.0.2.9")), IsEmpty());
  ASSERT_EQ(cross_connects->Remove("one"), absl::OkStatus());
  ASSERT_EQ(cross_connects->Remove("unlimited"), absl::OkStatus());
  EXPECT_EQ(cross_connects->Peers(), (Peers{{Ip("192.0.2.2"), {.promised = 1400, .answers = true}}}));
}

TEST_F(CrossConnectsTest, AskedAgainItDoesNothing) {
  for (const CrossConnect& wanted : {Remote(), Local()}) {
    ASSERT_EQ(cross_connects->Apply(wanted), absl::OkStatus());
    EXPECT_THAT(StepsOf(wanted), IsEmpty());
    ASSERT_EQ(cross_connects->Remove(wanted.id), absl::OkStatus());
  }
}

TEST_F(CrossConnectsTest, LaterExpiryIsAllThatIsWritten) {
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  CrossConnect later = Remote();
  later.expiry += absl::Minutes(5);
  EXPECT_THAT(StepsOf(later), ElementsAre(::testing::VariantWith<PutRecord>(::testing::_)));
}

TEST_F(CrossConnectsTest, RemovesAddressesAndRoutesThatAreNotWantedAnyMore) {
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  CrossConnect wanted = Remote();
  auto& attachment = std::get<Attachment>(wanted.client);
  attachment.addresses = {Prefix("10.0.0.9/32")};
  attachment.routes = {{Prefix("10.1.0.0/16"), Ip("10.0.0.3")}};
  attachment.allowed_sources = {Prefix("10.0.0.9/32")};
  ASSERT_EQ(cross_connects->Apply(wanted), absl::OkStatus());
  FakeKernel::Pair* pair = kernel.FindPair({11}, "nsm0");
  EXPECT_THAT(pair->addresses, ElementsAre(Prefix("10.0.0.9/32")));
  EXPECT_THAT(pair->routes, ElementsAre(std::pair(Prefix("10.1.0.0/16"), std::optional(Ip("10.0.0.3")))));
  EXPECT_THAT(kernel.state.sources.begin()->second, ElementsAre(Prefix("10.0.0.9/32")));
}

TEST_F(CrossConnectsTest, AnotherTunnelTakesOverWithOneWriteEachWay) {
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  CrossConnect healed = Remote();
  healed.endpoint = TunnelTo("192.0.2.3", 78);
  std::vector<Op> steps = StepsOf(healed);
  ASSERT_THAT(steps, SizeIs(4));
  EXPECT_TRUE(std::holds_alternative<PutRecord>(steps[0]));
  EXPECT_TRUE(std::holds_alternative<PutEgress>(steps[1]));
  EXPECT_TRUE(std::holds_alternative<PutIngress>(steps[2]));
  EXPECT_EQ(std::get<DropIngress>(steps[3]).key, (TunnelKey{Ip("192.0.2.2"), {77}}));
  // The old VNI is free again.
  CrossConnect other = Remote("two");
  other.client = PodAttachment(kPodB);
  EXPECT_EQ(cross_connects->Apply(other), absl::OkStatus());
}

TEST_F(CrossConnectsTest, LocalLegBecomesTunnelAndBack) {
  ASSERT_EQ(cross_connects->Apply(Local()), absl::OkStatus());
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  EXPECT_THAT(kernel.state.pairs, SizeIs(1));
  EXPECT_THAT(kernel.state.egress, SizeIs(1));
  EXPECT_THAT(kernel.state.sources, SizeIs(1));
  ASSERT_EQ(cross_connects->Apply(Local()), absl::OkStatus());
  EXPECT_THAT(kernel.state.pairs, SizeIs(2));
  EXPECT_THAT(kernel.state.ingress, IsEmpty());
}

TEST_F(CrossConnectsTest, NamespaceThatChangedIdentityIsANewOne) {
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  Ifindex before = kernel.state.pairs.begin()->first;
  kernel.PutNamespace(kPodA, {99});
  kernel.done.clear();
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  EXPECT_NE(kernel.FindPair({99}, "nsm0"), nullptr);
  for (const Op& op : kernel.done) {
    const auto* doomed = std::get_if<DoomPair>(&op);
    if (doomed == nullptr) continue;
    EXPECT_EQ(doomed->attachment.index, before);
    // What the kernel checks before it touches anything inside.
    EXPECT_EQ(doomed->attachment.cookie, NetnsCookie{11});
  }
}

TEST_F(CrossConnectsTest, PayloadIpIsAlwaysGuarded) {
  CrossConnect wanted = Remote();
  wanted.guarded = false;
  wanted.payload = Payload::kIp;
  ASSERT_EQ(cross_connects->Apply(wanted), absl::OkStatus());
  EXPECT_TRUE(kernel.state.egress.begin()->second.guarded);
  EXPECT_THAT(StepsOf(wanted), IsEmpty());
}

TEST_F(CrossConnectsTest, RemoveLeavesNothingAndUnknownIsFine) {
  for (const CrossConnect& wanted : {Remote(), Local()}) {
    ASSERT_EQ(cross_connects->Apply(wanted), absl::OkStatus());
    ASSERT_EQ(cross_connects->Remove("one"), absl::OkStatus());
    EXPECT_EQ(kernel.state, FakeKernel::State{});
  }
  EXPECT_EQ(cross_connects->Remove("one"), absl::OkStatus());
  EXPECT_THAT(cross_connects->vnis().Uses(), IsEmpty());
}

TEST_F(CrossConnectsTest, TakesAnotherIndexWhereOneIsTaken) {
  kernel.taken_indexes = 2;
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  ASSERT_THAT(kernel.state.pairs, SizeIs(1));
  // Out of the way of those that the kernel gives, and without the bit of the pod's end.
  EXPECT_GE(kernel.state.pairs.begin()->first.value, 1u << 29);
  EXPECT_LT(kernel.state.pairs.begin()->first.value, 1u << 30);
}

}  // namespace
}  // namespace nsm::dataplane
