// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/cross_connects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/fake_kernel.h"
#include "tests/harness/ip.h"

namespace nsm::dataplane {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

IpPrefix Prefix(const std::string& text) { return *IpPrefix::Parse(text); }

constexpr NetnsInode kPodA{4, 1001};
constexpr NetnsInode kPodB{4, 1002};
constexpr NetnsInode kHost{4, 1};
constexpr absl::Time kExpiry = absl::FromUnixSeconds(1'700'000'600);

class CrossConnectsTest : public ::testing::Test {
 protected:
  CrossConnectsTest() {
    config.tunnel_ip = Ip("192.0.2.1");
    kernel.PutNamespace(kPodA, {11});
    kernel.PutNamespace(kPodB, {12});
    kernel.PutNamespace(kHost, {1}, true);
    cross_connects = std::make_unique<CrossConnects>(config, kernel);
  }

  // A forwarder starts again: nothing but the kernel is left.
  void Restart() {
    cross_connects = std::make_unique<CrossConnects>(config, kernel);
    ASSERT_EQ(cross_connects->Adopt(), absl::OkStatus());
  }

  static Attachment PodAttachment(const NetnsInode& netns, const std::string& name = "nsm0") {
    Attachment attachment;
    attachment.netns = netns;
    attachment.name = name;
    attachment.alias = "alias";
    attachment.addresses = {Prefix("10.0.0.1/32"), Prefix("fd00::1/128")};
    attachment.routes = {{Prefix("10.0.0.2/32"), std::nullopt}, {Prefix("10.1.0.0/16"), Ip("10.0.0.2")}};
    attachment.allowed_sources = {Prefix("10.0.0.1/32"), Prefix("fd00::1/128")};
    return attachment;
  }
  static Tunnel TunnelTo(const std::string& remote, uint32_t vni) {
    return {.local = Ip("192.0.2.1"), .remote = Ip(remote), .port = 4789, .vni = {vni}};
  }
  static CrossConnect Remote(const std::string& id = "one") {
    CrossConnect wanted;
    wanted.id = id;
    wanted.expiry = kExpiry;
    wanted.guarded = true;
    wanted.mtu = 1450;
    wanted.client = PodAttachment(kPodA);
    wanted.endpoint = TunnelTo("192.0.2.2", 77);
    return wanted;
  }
  static CrossConnect Local() {
    CrossConnect wanted = Remote();
    wanted.endpoint = PodAttachment(kPodB, "nse0");
    return wanted;
  }

  // Another one in the same pod, which leads nowhere.
  static CrossConnect Second() {
    CrossConnect second = Remote("two");
    second.client = PodAttachment(kPodA, "nsm1");
    std::get<Attachment>(second.client).routes.clear();
    second.endpoint = TunnelTo("192.0.2.2", 78);
    return second;
  }

  // The steps of another Apply.
  std::vector<Op> StepsOf(const CrossConnect& wanted) {
    kernel.done.clear();
    EXPECT_EQ(cross_connects->Apply(wanted), absl::OkStatus());
    return kernel.done;
  }

  NodeConfig config;
  FakeKernel kernel;
  std::unique_ptr<CrossConnects> cross_connects;
};

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

TEST_F(CrossConnectsTest, TwoConnectionsOfAPodDoNotLeadToTheSamePrefix) {
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  CrossConnect second = Second();
  auto& attachment = std::get<Attachment>(second.client);
  attachment.routes = {{Prefix("10.1.0.0/16"), Ip("10.0.0.3")}};
  const FakeKernel::State before = kernel.state;
  absl::Status refused = cross_connects->Apply(second);
  EXPECT_TRUE(absl::IsAlreadyExists(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("10.1.0.0/16 of connection two (nsm1)"), HasSubstr("connection one")));
  EXPECT_TRUE(kernel.state == before);

  attachment.netns = kPodB;
  EXPECT_EQ(cross_connects->Apply(second), absl::OkStatus()) << "in another pod";
  ASSERT_EQ(cross_connects->Remove("two"), absl::OkStatus());
  attachment.netns = kPodA;
  ASSERT_EQ(cross_connects->Remove("one"), absl::OkStatus());
  EXPECT_EQ(cross_connects->Apply(second), absl::OkStatus()) << "once the other has gone";
  EXPECT_TRUE(absl::IsAlreadyExists(cross_connects->Apply(Remote())));
}

TEST_F(CrossConnectsTest, WhatItHasItKeeps) {
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  kernel.routes[{11}] = {Prefix("10.0.0.0/8")};  // the pod's own comes later
  EXPECT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  Restart();
  EXPECT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  kernel.state.pairs.clear();
  EXPECT_TRUE(absl::IsAlreadyExists(cross_connects->Apply(Remote()))) << "but does not get it again";
}

TEST_F(CrossConnectsTest, APodIsGivenNoAddressOfAnothersPeer) {
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  CrossConnect second = Second();
  std::get<Attachment>(second.client).addresses = {Prefix("10.0.0.2/24")};
  absl::Status refused = cross_connects->Apply(second);
  EXPECT_TRUE(absl::IsAlreadyExists(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("address 10.0.0.2 of connection two"), HasSubstr("connection one")));
}

TEST_F(CrossConnectsTest, RoutesThatThePodHasAreNoneOfItsConnections) {
  kernel.routes[{11}] = {Prefix("10.1.0.0/16")};
  EXPECT_EQ(cross_connects->Apply(Remote()), absl::OkStatus()) << "the same come behind";
  ASSERT_EQ(cross_connects->Remove("one"), absl::OkStatus());
  kernel.routes[{11}] = {Prefix("10.1.0.0/15")};
  absl::Status refused = cross_connects->Apply(Remote());
  EXPECT_TRUE(absl::IsAlreadyExists(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), AllOf(HasSubstr("the pod itself"), HasSubstr("10.1.0.0/15")));
}

TEST_F(CrossConnectsTest, PutsBackWhatSomebodyTookAway) {
  ASSERT_EQ(cross_connects->Apply(Local()), absl::OkStatus());
  const FakeKernel::State whole = kernel.state;
  const Ifindex host = kernel.state.pairs.begin()->first;
  FakeKernel::Pair& pair = kernel.state.pairs.at(host);
  for (Ifindex end : {host, PodIndex(host)}) {
    pair.SetUp(false);
    pair.addresses.clear();
    pair.guarded = pair.host_guard = pair.host_up = false;
    EXPECT_TRUE(cross_connects->Repair(end));
    EXPECT_TRUE(kernel.state == whole);
  }
  kernel.done.clear();
  EXPECT_FALSE(cross_connects->Repair(host));
  EXPECT_FALSE(cross_connects->Repair({host.value + 1}));
  EXPECT_THAT(kernel.done, IsEmpty()) << "nothing is missing, or nobody's";

  pair.host_up = pair.host_guard = pair.up = false;
  Restart();
  cross_connects->Repair(host);
  EXPECT_TRUE(pair.host_up && pair.host_guard && !pair.up) << "what a record does not tell nobody knows";
}

TEST_F(CrossConnectsTest, WhatIsGoneIsNotRepaired) {
  ASSERT_EQ(cross_connects->Apply(Local()), absl::OkStatus());
  const Ifindex first = kernel.state.pairs.begin()->first;
  const Ifindex second = kernel.state.pairs.rbegin()->first;
  kernel.state.pairs.at(second).host_up = false;
  kernel.state.pairs.erase(first);
  kernel.done.clear();
  cross_connects->Repair(PodIndex(first));
  EXPECT_THAT(kernel.done, ElementsAre(RaiseHostEnd{second})) << "what is left does not get in the way";
  ASSERT_EQ(cross_connects->Remove("one"), absl::OkStatus());
  kernel.done.clear();
  cross_connects->Repair(second);
  EXPECT_THAT(kernel.done, IsEmpty()) << "closed";
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

TEST_F(CrossConnectsTest, KnowsTheLargestPacketPromisedByPeer) {
  CrossConnect small = Remote("small");
  small.mtu = 1400;
  small.client = PodAttachment(kPodB);
  std::get<Tunnel>(small.endpoint).vni = {78};
  CrossConnect unlimited = Remote("unlimited");
  unlimited.mtu = 0;
  unlimited.client = PodAttachment(kPodA, "nsm1");
  std::get<Attachment>(unlimited.client).routes.clear();
  unlimited.endpoint = TunnelTo("192.0.2.3", 1);
  for (const CrossConnect& wanted : {Remote(), small, unlimited}) {
    ASSERT_EQ(cross_connects->Apply(wanted), absl::OkStatus());
  }
  using Promised = std::map<IpAddress, uint32_t>;
  EXPECT_EQ(cross_connects->PromisedMtus(), (Promised{{Ip("192.0.2.2"), 1450}, {Ip("192.0.2.3"), 1500}}));
  ASSERT_EQ(cross_connects->Remove("one"), absl::OkStatus());
  ASSERT_EQ(cross_connects->Remove("unlimited"), absl::OkStatus());
  EXPECT_EQ(cross_connects->PromisedMtus(), (Promised{{Ip("192.0.2.2"), 1400}}));
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

TEST_F(CrossConnectsTest, AdoptedAndAskedAgainItDoesNothing) {
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  Restart();
  EXPECT_THAT(StepsOf(Remote()), IsEmpty());
}

TEST_F(CrossConnectsTest, MakesAnewWhatIsMissing) {
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  const FakeKernel::State whole = kernel.state;
  Ifindex index = kernel.state.pairs.begin()->first;
  FakeKernel::Pair& pair = kernel.state.pairs.at(index);
  // Without its only IPv4 address it would have no routes.
  pair.RemoveAddress(Prefix("fd00::1/128"));
  pair.routes.erase(Prefix("10.1.0.0/16"));
  pair.alias = "other";
  pair.mtu = 1500;
  pair.guarded = pair.host_guard = pair.host_up = false;
  kernel.state.egress.clear();
  kernel.state.ingress.clear();
  kernel.state.sources.clear();
  EXPECT_THAT(StepsOf(Remote()), SizeIs(11));
  EXPECT_EQ(kernel.state, whole);
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

TEST_F(CrossConnectsTest, DeletedInterfaceIsMadeAnew) {
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  Ifindex before = kernel.state.pairs.begin()->first;
  kernel.state.pairs.clear();
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  ASSERT_THAT(kernel.state.pairs, SizeIs(1));
  Ifindex after = kernel.state.pairs.begin()->first;
  EXPECT_NE(before, after);
  EXPECT_THAT(kernel.state.egress, SizeIs(1));
  EXPECT_EQ(kernel.state.ingress.begin()->second.index, after);
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

// Fails at each step in turn and compares with what was there before.
void ExpectUndone(CrossConnects& cross_connects, FakeKernel& kernel, const CrossConnect& wanted) {
  const FakeKernel::State before = kernel.state;
  for (int step = 0;; ++step) {
    kernel.fail_at = step;
    absl::Status status = cross_connects.Apply(wanted);
    bool failed = *kernel.fail_at < 0;
    kernel.fail_at.reset();
    if (!failed) {
      EXPECT_EQ(status, absl::OkStatus());
      EXPECT_GT(step, 0);
      return;
    }
    // What only clears away the old is behind the point of no return.
    if (status.ok()) return;
    ASSERT_EQ(kernel.state, before) << "after step " << step << ": " << ToString(kernel.done.back());
  }
}

TEST_F(CrossConnectsTest, FailureAtAnyStepIsUndone) {
  ExpectUndone(*cross_connects, kernel, Local());
  ASSERT_EQ(cross_connects->Remove("one"), absl::OkStatus());
  ExpectUndone(*cross_connects, kernel, Remote());
}

TEST_F(CrossConnectsTest, FailureOfAChangeIsUndone) {
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  CrossConnect changed = Remote();
  changed.mtu = 1400;
  changed.guarded = false;
  changed.endpoint = TunnelTo("192.0.2.3", 78);
  std::get<Attachment>(changed.client).addresses = {Prefix("10.0.0.9/32")};
  std::get<Attachment>(changed.client).routes.clear();
  ExpectUndone(*cross_connects, kernel, changed);
  ExpectUndone(*cross_connects, kernel, Local());
}

TEST_F(CrossConnectsTest, FailureFreesTheVni) {
  kernel.fail_at = 3;
  ASSERT_FALSE(cross_connects->Apply(Remote()).ok());
  kernel.fail_at.reset();
  CrossConnect other = Remote("two");
  EXPECT_EQ(cross_connects->Apply(other), absl::OkStatus());
}

TEST_F(CrossConnectsTest, SameTunnelOfAnotherConnectionIsRefused) {
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  CrossConnect other = Remote("two");
  other.client = PodAttachment(kPodB);
  EXPECT_EQ(cross_connects->Apply(other).code(), absl::StatusCode::kAborted);
  other.endpoint = TunnelTo("192.0.2.3", 77);
  EXPECT_EQ(cross_connects->Apply(other), absl::OkStatus());
}

TEST_F(CrossConnectsTest, TakenNameIsRefused) {
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  CrossConnect other = Remote("two");
  other.endpoint = TunnelTo("192.0.2.3", 77);
  const FakeKernel::State before = kernel.state;
  EXPECT_EQ(cross_connects->Apply(other).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(kernel.state, before);
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

TEST_F(CrossConnectsTest, HostNamespaceIsRefused) {
  CrossConnect wanted = Remote();
  std::get<Attachment>(wanted.client).netns = kHost;
  EXPECT_EQ(cross_connects->Apply(wanted).code(), absl::StatusCode::kPermissionDenied);
  config.allow_host_netns = true;
  EXPECT_EQ(cross_connects->Apply(wanted), absl::OkStatus());
}

TEST_F(CrossConnectsTest, MissingNamespaceIsNotFound) {
  kernel.RemoveNamespace(kPodA);
  EXPECT_EQ(cross_connects->Apply(Remote()).code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(kernel.done, IsEmpty());
}

TEST_F(CrossConnectsTest, RefusesWhatItCannotBuild) {
  std::vector<CrossConnect> wrong(9, Remote());
  wrong[0].id = "";
  wrong[1].id = std::string(64, 'x');
  std::get<Attachment>(wrong[2].client).name = "a-name-of-16-byt";
  std::get<Attachment>(wrong[3].client).name = "a/b";
  wrong[4].client = TunnelTo("192.0.2.9", 1);
  std::get<Tunnel>(wrong[5].endpoint).port = 4790;
  std::get<Tunnel>(wrong[6].endpoint).local = Ip("192.0.2.9");
  std::get<Tunnel>(wrong[7].endpoint).vni = {1u << 24};
  std::get<Attachment>(wrong[8].client).routes = {{Prefix("10.5.0.0/16"), Ip("fd00::2")}};
  for (const CrossConnect& wanted : wrong) {
    EXPECT_EQ(cross_connects->Apply(wanted).code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_THAT(kernel.done, IsEmpty());
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

TEST_F(CrossConnectsTest, AdoptedOneIsClosedWithoutBeingAskedForAgain) {
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  Restart();
  ASSERT_EQ(cross_connects->Remove("one"), absl::OkStatus());
  EXPECT_EQ(kernel.state, FakeKernel::State{});
}

TEST_F(CrossConnectsTest, AdoptedOneExpiresUnlessAskedForAgain) {
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  EXPECT_THAT(cross_connects->RemoveExpired(kExpiry + absl::Hours(1)), IsEmpty());
  Restart();
  EXPECT_THAT(cross_connects->RemoveExpired(kExpiry - absl::Seconds(1)), IsEmpty());
  EXPECT_THAT(cross_connects->RemoveExpired(kExpiry), ElementsAre("one"));
  EXPECT_EQ(kernel.state, FakeKernel::State{});

  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  Restart();
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  EXPECT_THAT(cross_connects->RemoveExpired(kExpiry), IsEmpty());
}

TEST_F(CrossConnectsTest, VanishedHostEndTakesTheConnectionWithIt) {
  ASSERT_EQ(cross_connects->Apply(Local()), absl::OkStatus());
  Ifindex index = kernel.state.pairs.begin()->first;
  EXPECT_EQ(cross_connects->LinkGone(index), std::nullopt) << "it is still there";
  kernel.state.pairs.erase(index);
  EXPECT_EQ(cross_connects->LinkGone(index), "one");
  EXPECT_EQ(kernel.state, FakeKernel::State{});
  EXPECT_EQ(cross_connects->LinkGone(index), std::nullopt);
}

TEST_F(CrossConnectsTest, AdoptedOneWhoseHostEndIsGoneIsRemoved) {
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  kernel.RemoveNamespace(kPodA);
  Restart();
  EXPECT_EQ(kernel.state, FakeKernel::State{});
  EXPECT_EQ(cross_connects->Find("one"), std::nullopt);
}

TEST_F(CrossConnectsTest, FindsWhatWasAskedForOrWhatTheRecordTells) {
  EXPECT_EQ(cross_connects->Find("one"), std::nullopt);
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  EXPECT_EQ(cross_connects->Find("one"), Remote());
  Restart();
  std::optional<CrossConnect> found = cross_connects->Find("one");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->endpoint, Remote().endpoint);
  EXPECT_EQ(std::get<Attachment>(found->client).name, "nsm0");
}

TEST_F(CrossConnectsTest, AClientIsFoundByItsInterface) {
  Attachment wanted = PodAttachment(kPodA);
  EXPECT_EQ(cross_connects->FindClient(wanted).value(), std::nullopt);
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  const FakeKernel::State before = kernel.state;
  EXPECT_EQ(cross_connects->FindClient(wanted).value(), "one");
  EXPECT_EQ(cross_connects->FindClient(PodAttachment(kPodA, "nsm9")).value(), "one")
      << "it wants another name";
  Restart();
  EXPECT_EQ(cross_connects->FindClient(wanted).value(), "one") << "the interface itself says whose it is";
  EXPECT_EQ(kernel.state, before) << "asking changes nothing";
  EXPECT_EQ(kernel.releases, 5) << "nor does it hold a namespace";
  ASSERT_EQ(cross_connects->Remove("one"), absl::OkStatus());
  EXPECT_EQ(cross_connects->FindClient(wanted).value(), std::nullopt);
}

TEST_F(CrossConnectsTest, AnInterfaceOfAnotherIsRefusedWithBothNamed) {
  ASSERT_EQ(cross_connects->Apply(Local()), absl::OkStatus());
  auto refused = [this](const Attachment& wanted, const std::string& by) {
    absl::Status status = cross_connects->FindClient(wanted).status();
    EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
    EXPECT_THAT(status.message(), AllOf(HasSubstr(by), HasSubstr(wanted.alias)));
  };
  Attachment other = PodAttachment(kPodA);
  other.alias = "other";
  refused(other, "connection one's (alias)");
  refused(PodAttachment(kPodB, "nse0"), "connection one's (an endpoint's)");
  Restart();
  refused(other, "connection one's (alias)");
}

TEST_F(CrossConnectsTest, AClientLivesInOneNamespaceAtATime) {
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  const Attachment twin = PodAttachment(kPodB);
  absl::Status refused = cross_connects->FindClient(twin).status();
  EXPECT_TRUE(absl::IsAlreadyExists(refused)) << refused;
  EXPECT_THAT(refused.message(),
              AllOf(HasSubstr(kPodA.ToUrl()), HasSubstr(kPodB.ToUrl()), HasSubstr("alias")));
  kernel.RemoveNamespace(kPodA);
  EXPECT_EQ(cross_connects->FindClient(twin).value(), "one") << "its pod was made anew";
  kernel.PutNamespace(kPodA, {13});
  EXPECT_EQ(cross_connects->FindClient(twin).value(), "one") << "another one is where the old one was";
  Attachment stranger = PodAttachment(kPodA);
  stranger.alias = "stranger";
  EXPECT_EQ(cross_connects->FindClient(stranger).value(), std::nullopt);
}

TEST_F(CrossConnectsTest, TakesAnotherIndexWhereOneIsTaken) {
  kernel.taken_indexes = 2;
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  ASSERT_THAT(kernel.state.pairs, SizeIs(1));
  // Out of the way of those that the kernel gives, and without the bit of the pod's end.
  EXPECT_GE(kernel.state.pairs.begin()->first.value, 1u << 29);
  EXPECT_LT(kernel.state.pairs.begin()->first.value, 1u << 30);
}

TEST_F(CrossConnectsTest, AdoptionSeedsTheVnis) {
  config.vni_first = {77};
  config.vni_last = {78};
  cross_connects = std::make_unique<CrossConnects>(config, kernel);
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  Restart();
  EXPECT_EQ(cross_connects->vnis().Reserve("two", Ip("192.0.2.2"), false)->value, 78u);
}

}  // namespace
}  // namespace nsm::dataplane
