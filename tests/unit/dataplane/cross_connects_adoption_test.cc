// SPDX-License-Identifier: Apache-2.0
// What the last process has left, and whose it is.
#include "tests/unit/dataplane/cross_connects_fixture.h"

namespace nsm::dataplane {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(CrossConnectsTest, AdoptedAndAskedAgainItDoesNothing) {
  ASSERT_EQ(cross_connects->Apply(Remote()), absl::OkStatus());
  Restart();
  EXPECT_THAT(StepsOf(Remote()), IsEmpty());
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
