// SPDX-License-Identifier: Apache-2.0
// What a pod's connections may lead to.
#include "tests/unit/dataplane/cross_connects_fixture.h"

namespace nsm::dataplane {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

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

}  // namespace
}  // namespace nsm::dataplane
