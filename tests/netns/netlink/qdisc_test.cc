// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/qdisc.h"

#include "tests/netns/netlink/netlink_test.h"

namespace nsm::netlink {
namespace {

using ::testing::HasSubstr;

using QdiscTest = NetlinkTest;

TEST_F(QdiscTest, ThereIsAPlaceForFiltersOfWhatArrives) {
  for (int i = 0; i < 2; ++i) ASSERT_EQ(EnsureIngressQdisc(socket(), a_), absl::OkStatus());
  EXPECT_THAT(Output("tc qdisc show dev a ingress"), HasSubstr("qdisc ingress ffff: parent ffff:fff1"));
  EXPECT_EQ(Output("tc qdisc show dev b ingress"), "");
}

TEST_F(QdiscTest, ThatOfSomebodyElseWillDo) {
  Output("tc qdisc add dev a clsact");
  EXPECT_EQ(EnsureIngressQdisc(socket(), a_), absl::OkStatus());
  EXPECT_THAT(Output("tc qdisc show dev a clsact"), HasSubstr("qdisc clsact"));
}

TEST_F(QdiscTest, ThereIsAPlaceForFiltersOfBothDirections) {
  for (int i = 0; i < 2; ++i) ASSERT_EQ(EnsureClsact(socket(), a_), absl::OkStatus());
  EXPECT_THAT(Output("tc qdisc show dev a clsact"), HasSubstr("qdisc clsact ffff: parent ffff:fff1"));
}

TEST_F(QdiscTest, OneForWhatArrivesIsNoneForBoth) {
  ASSERT_EQ(EnsureIngressQdisc(socket(), a_), absl::OkStatus());
  EXPECT_EQ(EnsureClsact(socket(), a_).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(QdiscTest, ALinkThatIsGoneHasNone) {
  EXPECT_EQ(EnsureIngressQdisc(socket(), GoneLink()).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(EnsureClsact(socket(), GoneLink()).code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace nsm::netlink
