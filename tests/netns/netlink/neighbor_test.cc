// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/neighbor.h"

#include <vector>

#include "tests/netns/netlink/netlink_test.h"

namespace nsm::netlink {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr MacAddress kMac{{2, 0, 0, 0, 0, 1}};
constexpr MacAddress kOtherMac{{2, 0, 0, 0, 0, 2}};

class NeighborTest : public FamilyTest {
 protected:
  std::vector<Neighbor> Neighbors(Ifindex index) {
    std::vector<Neighbor> found;
    EXPECT_EQ(DumpNeighbors(socket(), index, [&](const Neighbor& neighbor) { found.push_back(neighbor); }),
              absl::OkStatus());
    return found;
  }
  absl::Status Ensure(const MacAddress& mac) {
    return EnsureNeighbor(socket(), a_, {.address = family().neighbor, .mac = mac});
  }
};

INSTANTIATE_TEST_SUITE_P(Both, NeighborTest, BothFamilies(), FamilyName);

TEST_P(NeighborTest, IsAsItWasWritten) {
  ASSERT_EQ(Ensure(kMac), absl::OkStatus());
  EXPECT_THAT(Neighbors(a_), ElementsAre(Neighbor{family().neighbor, kMac}));
  EXPECT_THAT(Neighbors(IndexOf("b")), IsEmpty());
}

TEST_P(NeighborTest, AnotherMacTakesItsPlace) {
  ASSERT_EQ(Ensure(kMac), absl::OkStatus());
  ASSERT_EQ(Ensure(kOtherMac), absl::OkStatus());
  EXPECT_THAT(Neighbors(a_), ElementsAre(Neighbor{family().neighbor, kOtherMac}));
}

TEST_P(NeighborTest, OneThatWasLearntIsNotOursUntilItIsMadePermanent) {
  Output("ip neigh add " + family().neighbor.ToString() + " lladdr 02:00:00:00:00:02 dev a nud stale");
  EXPECT_THAT(Neighbors(a_), IsEmpty());
  ASSERT_EQ(Ensure(kMac), absl::OkStatus());
  EXPECT_THAT(Neighbors(a_), ElementsAre(Neighbor{family().neighbor, kMac}));
}

TEST_P(NeighborTest, RemovedIsGoneAndGoneIsFine) {
  ASSERT_EQ(Ensure(kMac), absl::OkStatus());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(RemoveNeighbor(socket(), a_, family().neighbor), absl::OkStatus());
    EXPECT_THAT(Neighbors(a_), IsEmpty());
  }
}

TEST_P(NeighborTest, OfALinkThatIsGone) {
  Ifindex gone = GoneLink();
  EXPECT_EQ(EnsureNeighbor(socket(), gone, {family().neighbor, kMac}).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(RemoveNeighbor(socket(), gone, family().neighbor), absl::OkStatus());
  EXPECT_THAT(Neighbors(gone), IsEmpty());
}

}  // namespace
}  // namespace nsm::netlink
