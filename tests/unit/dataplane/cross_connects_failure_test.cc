// SPDX-License-Identifier: Apache-2.0
// What cannot be done is undone, and what must not be done is refused.
#include "tests/unit/dataplane/cross_connects_fixture.h"

namespace nsm::dataplane {
namespace {

using ::testing::IsEmpty;

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

}  // namespace
}  // namespace nsm::dataplane
