// SPDX-License-Identifier: Apache-2.0
// What others take away.
#include "tests/unit/dataplane/cross_connects_fixture.h"

namespace nsm::dataplane {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

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

TEST_F(CrossConnectsTest, WhereOneOfTwoInterfacesIsDeletedTheOtherStays) {
  ASSERT_EQ(cross_connects->Apply(Local()), absl::OkStatus());
  const Ifindex deleted = ClientsHostEnd();
  kernel.state.pairs.erase(deleted);
  const FakeKernel::Pair other = kernel.state.pairs.begin()->second;
  EXPECT_EQ(cross_connects->LinkGone(deleted), Loss{"one"});
  EXPECT_EQ(cross_connects->LinkGone(deleted), std::nullopt) << "told already";
  EXPECT_THAT(kernel.state.pairs, ElementsAre(::testing::Pair(::testing::_, other)));
  ASSERT_EQ(cross_connects->Apply(Local()), absl::OkStatus());
  EXPECT_THAT(kernel.state.pairs, SizeIs(2));
  EXPECT_NE(ClientsHostEnd(), deleted);
  Restart();
  kernel.state.pairs.erase(ClientsHostEnd());
  EXPECT_EQ(cross_connects->LinkGone(ClientsHostEnd()), Loss{"one"});
  EXPECT_EQ(kernel.state, FakeKernel::State{}) << "an adopted one: perhaps nobody asks again";
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

TEST_F(CrossConnectsTest, VanishedHostEndTakesTheConnectionWithIt) {
  ASSERT_EQ(cross_connects->Apply(Local()), absl::OkStatus());
  Ifindex index = ClientsHostEnd();
  EXPECT_EQ(cross_connects->LinkGone(index), std::nullopt) << "it is still there";
  kernel.RemoveNamespace(kPodA);
  EXPECT_EQ(cross_connects->LinkGone(index), (Loss{.id = "one", .of_client_pod = true}));
  EXPECT_EQ(kernel.state, FakeKernel::State{});
  EXPECT_EQ(cross_connects->LinkGone(index), std::nullopt);
}

TEST_F(CrossConnectsTest, LossOfTheEndpointsPodIsNotTheClients) {
  ASSERT_EQ(cross_connects->Apply(Local()), absl::OkStatus());
  const auto endpoint = std::get<BuiltAttachment>(cross_connects->records().at("one").legs[1]);
  kernel.RemoveNamespace(kPodB);
  EXPECT_EQ(cross_connects->LinkGone(endpoint.index), Loss{"one"});
}

}  // namespace
}  // namespace nsm::dataplane
