// SPDX-License-Identifier: Apache-2.0
// A pod with two connections, of which one leads everywhere: what comes from where the other one leads.
//
//   pod, 10.0.0.1 and 10.0.1.1 ── west ══ east ── peer, 10.0.0.2
//                                           └──── gateway, 10.0.1.2, who leads everywhere and sends as
//                                           anybody
#include "tests/netns/dataplane/rig.h"

namespace nsm::dataplane {
namespace {

class Arrivals : public RigTest {
 protected:
  void SetUp() override {
    RigTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    StartBoth();
    ASSERT_EQ(west->Apply(WestSide(pod)), absl::OkStatus());
    ASSERT_EQ(east->Apply(EastSide(peer)), absl::OkStatus());
    ASSERT_EQ(east->Apply(Side(*east, *west, gateway, "two", 78, "10.0.1.2", "10.0.1.1")), absl::OkStatus());
    ASSERT_EQ(west->Apply(ToGateway()), absl::OkStatus());
    for (const char* any : {"10.0.0.2", "198.51.100.1"}) {
      gateway.Output(absl::StrCat("ip addr add ", any, "/32 dev lo"));
    }
    ASSERT_TRUE(Pings(pod, "10.0.0.2"));
    ASSERT_TRUE(Pings(pod, "198.51.100.1"));
  }
  CrossConnect ToGateway() {
    CrossConnect wanted = Side(*west, *east, pod, "two", 78, "10.0.1.1", "10.0.1.2");
    auto& attachment = std::get<Attachment>(wanted.client);
    attachment.name = "nsm1";
    attachment.alias = "client-2";
    attachment.routes.push_back({Prefix("0.0.0.0/0"), std::nullopt});
    wanted.guarded = true;
    return wanted;
  }
  // One echo request of the gateway's; the answer goes where the way leads.
  void SendAs(const std::string& source) {
    gateway.Shell(absl::StrCat("ping -c 1 -W 1 -I ", source, " 10.0.1.1"));
  }
  uint64_t Dropped() { return west->Counter("drop_arrival_wrong_way"); }

  TestNetns pod;
  TestNetns peer;
  TestNetns gateway;
};

TEST_F(Arrivals, WhoLeadsEverywhereDoesNotSpeakForAnotherPeer) {
  SendAs("10.0.0.2");
  EXPECT_EQ(Dropped(), 1u);
  SendAs("10.0.1.2");
  SendAs("198.51.100.1");
  EXPECT_EQ(Dropped(), 1u) << "what is its own, and nobody's";
  EXPECT_TRUE(Pings(pod, "10.0.0.2"));
  EXPECT_TRUE(Pings(pod, "198.51.100.1"));
}

TEST_F(Arrivals, TheGuardOutlivesTheProgramAndIsPutBack) {
  west->Stop();
  SendAs("10.0.0.2");
  ASSERT_EQ(west->Start(), absl::OkStatus());
  EXPECT_EQ(Dropped(), 1u);
  SendAs("10.0.0.2");
  EXPECT_EQ(Dropped(), 2u);
  ASSERT_EQ(west->Apply(ToGateway()), absl::OkStatus());
  pod.Output("tc qdisc del dev nsm1 clsact");
  EXPECT_TRUE(Eventually([&] {
    SendAs("10.0.0.2");
    return Dropped() > 2;
  }));
}

TEST_F(Arrivals, WithTheOtherConnectionItsPeersAddressIsNobodys) {
  ASSERT_EQ(west->Remove("one"), absl::OkStatus());
  SendAs("10.0.0.2");
  EXPECT_EQ(Dropped(), 0u);
  EXPECT_TRUE(Pings(pod, "10.0.0.2")) << "by the default route";
  ASSERT_EQ(west->Remove("two"), absl::OkStatus());
  nlohmann::json left = west->Dump()["map_entries"];
  EXPECT_EQ(left["ways_back"], 0);
  EXPECT_EQ(left["arrivals"], 0);
}

TEST_F(Arrivals, WhoLeadsEverywhereNoMoreIsNotJudged) {
  CrossConnect wanted = ToGateway();
  std::get<Attachment>(wanted.client).routes.pop_back();
  ASSERT_EQ(west->Apply(wanted), absl::OkStatus());
  EXPECT_EQ(west->Dump()["map_entries"]["arrivals"], 0);
  EXPECT_TRUE(Pings(pod, "10.0.1.2"));
}

}  // namespace
}  // namespace nsm::dataplane
