// SPDX-License-Identifier: Apache-2.0
// Peers that die, and those that only seem to.
#include <algorithm>

#include "absl/time/clock.h"
#include "src/core/mutex.h"
#include "tests/netns/dataplane/rig.h"

namespace nsm::dataplane {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// What a node is told.
class Told {
 public:
  explicit Told(Dataplane& dataplane) {
    dataplane.OnPeerLost([this](const IpAddress& peer, const std::vector<std::string>& ids) {
      MutexLock lock(mutex_);
      peers_.push_back(peer);
      ids_ = ids;
    });
  }
  std::vector<IpAddress> peers() {
    MutexLock lock(mutex_);
    return peers_;
  }
  std::vector<std::string> ids() {
    MutexLock lock(mutex_);
    return ids_;
  }

 private:
  Mutex mutex_;
  std::vector<IpAddress> peers_ GUARDED_BY(mutex_);
  std::vector<std::string> ids_ GUARDED_BY(mutex_);
};

constexpr absl::Duration kInterval = absl::Milliseconds(60);

class PeerWatchTest : public RigTest {
 protected:
  void SetUp() override {
    RigTest::SetUp();
    if (IsSkipped()) return;
    west->config.probe_interval = east->config.probe_interval = kInterval;
  }
  void Connect(bool answer = true) {
    StartBoth();
    Apply(answer);
  }
  void Apply(bool answer) {
    CrossConnect west_side = WestSide(pod_west);
    CrossConnect east_side = EastSide(pod_east);
    west_side.peer_answers = east_side.peer_answers = answer;
    ASSERT_EQ(west->Apply(west_side), absl::OkStatus());
    ASSERT_EQ(east->Apply(east_side), absl::OkStatus());
  }
  static bool HearsAnswers(TestNode& node) {
    const nlohmann::json peers = node.Dump()["peers"];
    return std::any_of(peers.begin(), peers.end(),
                       [](const auto& peer) { return peer["has_answered"] == true; });
  }
  // Twice as long as a loss takes, and longer than the dataplane needs to see whom it has connections with:
  // nothing is to happen, so there is nothing to wait for.
  static void LetTimePass() { absl::SleepFor(std::max(12 * kInterval, absl::Seconds(1.5))); }

  TestNetns pod_west;
  TestNetns pod_east;
};

class Underlays : public PeerWatchTest, public ::testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    PeerWatchTest::SetUp();
    if (IsSkipped()) return;
    for (TestNode* node : {west.get(), east.get()}) {
      if (GetParam() == "IPv6") {
        node->config.tunnel_ip = Ip(node == west.get() ? "2001:db8::1" : "2001:db8::2");
      }
      if (GetParam() == "slow") node->config.fast_path = FastPath::kOff;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Of, Underlays, ::testing::Values("IPv4", "slow", "IPv6"),
                         [](const auto& info) { return info.param; });

TEST_P(Underlays, ADeadPeerIsToldOnceAndIsBackWhenItAnswers) {
  Connect();
  Told told(*west->dataplane);
  const IpAddress peer = east->config.tunnel_ip;
  ASSERT_TRUE(Eventually([&] { return HearsAnswers(*west) && HearsAnswers(*east); }));
  EXPECT_THAT(told.peers(), IsEmpty());

  east->netns.Output("ip link set under0 down");
  ASSERT_TRUE(Eventually([&] { return !told.peers().empty(); }));
  EXPECT_THAT(told.ids(), ElementsAre("one"));
  EXPECT_THAT(west->Dump()["lost_peers"], ElementsAre(peer.ToString()));
  LetTimePass();
  EXPECT_THAT(told.peers(), ElementsAre(peer));

  east->netns.Output("ip link set under0 up; ip -6 addr replace 2001:db8::2/64 nodad dev under0");
  ASSERT_TRUE(Eventually([&] { return west->Dump()["lost_peers"].empty(); }));
  EXPECT_TRUE(Eventually([&] { return Pings(pod_west, "10.0.0.2"); })) << "it was left as it was";
  east->netns.Output("ip link set under0 down");
  EXPECT_TRUE(Eventually([&] { return told.peers().size() == 2; })) << "and may be lost again";
  west->Stop();
}

TEST_F(PeerWatchTest, APeerWithoutAForwarderIsThere) {
  Connect();
  Told told(*west->dataplane);
  ASSERT_TRUE(Eventually([&] { return HearsAnswers(*west); }));
  east->Stop();
  const uint64_t answers = west->Counter("seen_probe_answer");
  EXPECT_TRUE(Eventually([&] { return west->Counter("seen_probe_answer") > answers + 20; }));
  EXPECT_THAT(told.peers(), IsEmpty());
  east->netns.Output("ip link set under0 down");
  EXPECT_TRUE(Eventually([&] { return !told.peers().empty(); }));
  west->Stop();
}

// It is known from what is pinned that a peer has answered.
TEST_F(PeerWatchTest, OneThatDiesWhileNobodyLooksIsLost) {
  Connect();
  ASSERT_TRUE(Eventually([&] { return HearsAnswers(*west); }));
  west->Stop();
  east->netns.Output("ip link set under0 down");
  ASSERT_EQ(west->Start(), absl::OkStatus());
  Told told(*west->dataplane);
  EXPECT_TRUE(Eventually([&] { return told.peers().size() == 1; }));
  EXPECT_EQ(west->Dump()["lost_peers"].size(), 1u);
  CrossConnect again = WestSide(pod_west);
  again.peer_answers = true;
  ASSERT_EQ(west->Apply(again), absl::OkStatus());
  EXPECT_TRUE(Eventually([&] { return told.peers().size() == 2; })) << "whoever asks for it has to know, too";
  west->Stop();
}

TEST_F(PeerWatchTest, WhoHasNotSaidThatItAnswersIsNeverLost) {
  Connect(/*answer=*/false);
  Told told(*west->dataplane);
  ASSERT_TRUE(Pings(pod_west, "10.0.0.2"));
  LetTimePass();
  EXPECT_EQ(east->Counter("seen_probe"), 0u) << "nor asked";
  east->netns.Output("ip link set under0 down");
  LetTimePass();
  EXPECT_THAT(told.peers(), IsEmpty());
  west->Stop();
}

// One connection of a forwarder that was another one before.
TEST_F(PeerWatchTest, AllConnectionsMustHaveBeenToldSo) {
  Connect();
  ASSERT_TRUE(Eventually([&] { return HearsAnswers(*west); }));
  Told told(*west->dataplane);
  TestNetns other;
  CrossConnect cross_connect = WestSide(other, "two", 79);
  cross_connect.client = AttachmentTo(other, "10.0.1.1/32", "10.0.1.2/32");
  ASSERT_EQ(west->Apply(cross_connect), absl::OkStatus());
  LetTimePass();
  const uint64_t asked = east->Counter("seen_probe");
  LetTimePass();
  EXPECT_EQ(east->Counter("seen_probe"), asked) << "nobody asks any more";
  east->netns.Output("ip link set under0 down");
  LetTimePass();
  EXPECT_THAT(told.peers(), IsEmpty());
  west->Stop();
}

TEST_F(PeerWatchTest, WhoHasNeverAnsweredIsNotLost) {
  StartBoth();
  Told told(*west->dataplane);
  CrossConnect cross_connect = WestSide(pod_west);
  cross_connect.peer_answers = true;
  ASSERT_EQ(west->Apply(cross_connect), absl::OkStatus());
  ASSERT_TRUE(Eventually([&] { return east->Counter("drop_underlay_unknown") > 20; })) << "asked in vain";
  EXPECT_THAT(told.peers(), IsEmpty());
  EXPECT_EQ(east->Counter("seen_probe"), 0u);
  west->Stop();
}

TEST_F(PeerWatchTest, OneWayIsNotEnough) {
  Connect();
  Told west_told(*west->dataplane);
  Told east_told(*east->dataplane);
  ASSERT_TRUE(Eventually([&] { return HearsAnswers(*west) && HearsAnswers(*east); }));
  west->netns.Output(
      "nft 'table netdev cut { chain out { type filter hook egress device under0 priority 0; "
      "udp dport 4789 drop; }; }'");
  EXPECT_TRUE(Eventually([&] { return !west_told.peers().empty(); })) << "nothing gets there";
  EXPECT_TRUE(Eventually([&] { return !east_told.peers().empty(); })) << "nothing comes";
  west->Stop();
  east->Stop();
}

TEST_F(PeerWatchTest, NobodyLooksWhenSwitchedOff) {
  west->config.probe_interval = absl::ZeroDuration();
  Connect();
  Told told(*west->dataplane);
  ASSERT_TRUE(Eventually([&] { return HearsAnswers(*east); })) << "it answers nevertheless";
  EXPECT_EQ(east->Counter("seen_probe"), 0u);
  EXPECT_FALSE(west->Dump().contains("lost_peers"));
  west->Stop();
}

}  // namespace
}  // namespace nsm::dataplane
