// SPDX-License-Identifier: Apache-2.0
#include "tests/netns/dataplane/rig.h"

namespace nsm::dataplane {
namespace {

class Tunnels : public RigTest {};

TEST_F(Tunnels, PingsFromPodToPod) {
  StartBoth();
  TestNetns pod_west;
  TestNetns pod_east;
  ASSERT_EQ(west->Apply(WestSide(pod_west)), absl::OkStatus());
  ASSERT_EQ(east->Apply(EastSide(pod_east)), absl::OkStatus());
  EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
  EXPECT_TRUE(Pings(pod_east, "10.0.0.1"));
  std::cout << west->Dump().dump(1) << pod_west.Output("ip -d a; ip r");
}

}  // namespace
}  // namespace nsm::dataplane
