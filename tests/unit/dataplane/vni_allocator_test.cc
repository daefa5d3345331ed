// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/vni_allocator.h"
#include "tests/harness/ip.h"

#include <gtest/gtest.h>

#include <set>

namespace nsm::dataplane {
namespace {

const IpAddress kPeer = Ip("192.0.2.2");
const IpAddress kOther = Ip("2001:db8::2");

TEST(VniAllocator, PrefersParityWhileThereIsOne) {
  VniAllocator vnis({1}, {Vni::kMax});
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(vnis.Reserve(std::to_string(i), kPeer, true)->value % 2, 0u);
    EXPECT_EQ(vnis.Reserve("odd" + std::to_string(i), kPeer, false)->value % 2, 1u);
  }
  EXPECT_EQ(vnis.Uses().size(), 200u);
}

TEST(VniAllocator, TwoValuesServeTwoOfEitherParity) {
  VniAllocator vnis({10}, {11});
  EXPECT_EQ(vnis.Reserve("a", kPeer, true)->value, 10u);
  EXPECT_EQ(vnis.Reserve("b", kPeer, true)->value, 11u) << "parity is only a preference";
  EXPECT_EQ(vnis.Reserve("c", kPeer, true).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(vnis.Reserve("c", kOther, true).ok()) << "another peer has VNIs of its own";
}

TEST(VniAllocator, OneValue) {
  VniAllocator vnis({5}, {5});
  EXPECT_EQ(vnis.Reserve("a", kPeer, true)->value, 5u);
  vnis.Release("a");
  EXPECT_EQ(vnis.Reserve("b", kPeer, true)->value, 5u);
}

TEST(VniAllocator, SameIdGetsTheSameAgain) {
  VniAllocator vnis({1}, {Vni::kMax});
  Vni vni = *vnis.Reserve("a", kPeer, true);
  EXPECT_EQ(*vnis.Reserve("a", kPeer, false), vni);
  ASSERT_TRUE(vnis.Acquire("a", {kPeer, vni}).ok());
  vnis.Release("a");
  EXPECT_EQ(*vnis.Reserve("a", kPeer, true), vni) << "what is live under the id";
}

TEST(VniAllocator, AnotherRemoteForTheSameIdFreesTheFirst) {
  VniAllocator vnis({1}, {1});
  ASSERT_TRUE(vnis.Reserve("a", kPeer, true).ok());
  ASSERT_TRUE(vnis.Reserve("a", kOther, true).ok());
  EXPECT_TRUE(vnis.Reserve("b", kPeer, true).ok());
}

TEST(VniAllocator, ExcludesWhatThePeerChose) {
  VniAllocator vnis({10}, {11});
  ASSERT_TRUE(vnis.Acquire("theirs", {kPeer, {10}}).ok());
  EXPECT_EQ(vnis.Reserve("ours", kPeer, true)->value, 11u);
  EXPECT_EQ(vnis.Acquire("theirs2", {kPeer, {11}}).code(), absl::StatusCode::kAborted) << "reserved";
  EXPECT_EQ(vnis.Acquire("theirs2", {kPeer, {10}}).code(), absl::StatusCode::kAborted) << "live";
}

TEST(VniAllocator, DropKeepsWhatIsToBeKept) {
  VniAllocator vnis({10}, {11});
  ASSERT_TRUE(vnis.Acquire("a", {kPeer, {10}}).ok());
  ASSERT_TRUE(vnis.Acquire("a", {kPeer, {11}}).ok());
  vnis.Drop("a", {{kPeer, {11}}});
  EXPECT_EQ(vnis.Reserve("b", kPeer, false)->value, 10u);
  vnis.Drop("a");
  vnis.Release("b");
  EXPECT_TRUE(vnis.Uses().empty());
}

TEST(VniAllocator, FillsARangeWithoutRepeating) {
  VniAllocator vnis({100}, {1099});
  std::set<uint32_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(vnis.Reserve(std::to_string(i), kPeer, i % 3 == 0)->value);
  EXPECT_EQ(seen.size(), 1000u);
}

}  // namespace
}  // namespace nsm::dataplane
