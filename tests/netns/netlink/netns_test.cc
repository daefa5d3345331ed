// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/netns.h"

#include "tests/netns/netlink/netlink_test.h"

namespace nsm::netlink {
namespace {

using NetnsTest = NetlinkTest;

TEST_F(NetnsTest, IsEnteredAndLeft) {
  testing::TestNetns other;
  const NetnsInode before = Netns::OfThisThread()->inode();
  EXPECT_EQ(before, netns_->inode());
  {
    auto scope = NetnsScope::Enter(*Netns::Open(other.path()));
    ASSERT_TRUE(scope.ok()) << scope.status();
    EXPECT_EQ(Netns::OfThisThread()->inode(), other.inode());
  }
  EXPECT_EQ(Netns::OfThisThread()->inode(), before);
}

TEST_F(NetnsTest, IsFoundByTheProcessInItAndGoneWithThat) {
  NetnsFinder finder;
  auto other = std::make_unique<testing::TestNetns>();
  const NetnsInode inode = other->inode();
  const NetnsCookie cookie = other->cookie();
  for (int i = 0; i < 2; ++i) {
    auto found = finder.Find(inode);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->inode(), inode);
    EXPECT_EQ(*found->Cookie(), cookie);
  }
  other.reset();
  EXPECT_EQ(finder.Find(inode).status().code(), absl::StatusCode::kNotFound)
      << "remembered, but not believed";
}

}  // namespace
}  // namespace nsm::netlink
