// SPDX-License-Identifier: Apache-2.0
// The fast path between two nodes, beside the VXLAN device: what they write, and what pods see of it.
#include "src/dataplane/maps.h"
#include "src/dataplane/pinned_state.h"
#include "tests/harness/packet.h"
#include "tests/harness/raw_link.h"
#include "tests/netns/dataplane/rig.h"

namespace nsm::dataplane {
namespace {

using namespace nsm::testing;  // NOLINT: the layers of packets
using Bytes = std::vector<uint8_t>;

class FastPaths : public RigTest {
 protected:
  void Start(FastPath of_west, FastPath of_east) {
    west->config.fast_path = of_west;
    east->config.fast_path = of_east;
    StartBoth();
    ASSERT_EQ(west->Apply(WestSide(pod_west)), absl::OkStatus());
    ASSERT_EQ(east->Apply(EastSide(pod_east)), absl::OkStatus());
  }
  // Packets of the only connection.
  static uint64_t Traffic(TestNode& node, const char* what) {
    return node.Dump()["cross_connects"][0]["client"]["traffic"][what].get<uint64_t>();
  }
  // How many peers the fast path leads to.
  static int64_t FastPeers(TestNode& node) {
    const nlohmann::json peers = node.Dump()["peers"];
    return std::count_if(peers.begin(), peers.end(),
                         [](const auto& peer) { return peer["fast_path"] == true; });
  }
  // Bytes that a TCP connection delivers, the client sending.
  static void ExpectStream(const TestNetns& client, const TestNetns& server, const std::string& address) {
    server.Output("iperf3 --server --one-off --daemon");
    ASSERT_TRUE(Eventually([&] { return server.Shell("ss -Hltn | grep -q :5201") == 0; }));
    EXPECT_EQ(client.Shell("timeout 20 iperf3 --client " + address + " --bytes 20M"), 0);
  }
  // Half of them at least: how many a receiver loses that has to wait for a processor is not ours to say.
  static void ExpectDatagrams(const TestNetns& client, const TestNetns& server, const std::string& address) {
    server.Output("iperf3 --server --one-off --daemon");
    ASSERT_TRUE(Eventually([&] { return server.Shell("ss -Hltn | grep -q :5201") == 0; }));
    const nlohmann::json sum = nlohmann::json::parse(
        client.Output("timeout 20 iperf3 --client " + address +
                      " --udp --bitrate 20M --length 1000 --bytes 2M --json"))["end"]["sum"];
    EXPECT_GE(sum["packets"], 2000);
    EXPECT_LT(sum["lost_packets"], 1000);
  }
  void ExpectAllWorks() {
    for (int size : {0, 100, 1422, 4000}) {
      const std::string ping = absl::StrCat("timeout 20 ping -q -c 100 -i 0.002 -s ", size, " ");
      EXPECT_THAT(pod_west.Output(ping + "10.0.0.2; true"), ::testing::HasSubstr("100 received")) << size;
      EXPECT_THAT(pod_east.Output(ping + "10.0.0.1; true"), ::testing::HasSubstr("100 received")) << size;
    }
    ExpectStream(pod_west, pod_east, "10.0.0.2");
    ExpectStream(pod_east, pod_west, "10.0.0.1");
    ExpectDatagrams(pod_west, pod_east, "10.0.0.2");
    ExpectDatagrams(pod_east, pod_west, "10.0.0.1");
  }

  TestNetns pod_west;
  TestNetns pod_east;
};

TEST_F(FastPaths, CarryAllThatPodsSend) {
  Start(FastPath::kOn, FastPath::kOn);
  ExpectAllWorks();
  for (TestNode* node : {west.get(), east.get()}) {
    EXPECT_EQ(node->Dump()["fast_path"], "on");
    EXPECT_EQ(Traffic(*node, "fast_sent") + node->Counter("slow_sent_not_ip"), Traffic(*node, "packets_sent"))
        << "all but ARP";
    EXPECT_GT(Traffic(*node, "fast_received"), 1000u);
    EXPECT_EQ(node->Counter("slow_received_outer"), 0u);
  }
}

TEST_F(FastPaths, MeetOneThatIsOff) {
  Start(FastPath::kOn, FastPath::kOff);
  ExpectAllWorks();
  EXPECT_GT(Traffic(*west, "fast_sent"), 1000u);
  EXPECT_GT(Traffic(*west, "fast_received"), 1000u);
  EXPECT_EQ(Traffic(*east, "fast_sent"), 0u);
  EXPECT_EQ(Traffic(*east, "fast_received"), 0u);
  EXPECT_EQ(east->Counter("slow_sent_no_path"), Traffic(*east, "packets_sent"));
}

TEST_F(FastPaths, MeetAPlainVxlanDevice) {
  west->config.fast_path = FastPath::kOn;
  ASSERT_EQ(west->Start(), absl::OkStatus());
  ASSERT_EQ(west->Apply(WestSide(pod_west)), absl::OkStatus());
  for (const char* checksums : {"noudpcsum", "udpcsum"}) {
    east->netns.Output(
        absl::StrCat("ip link add plain type vxlan id 77 local 192.0.2.2 remote 192.0.2.1 "
                     "dstport 4789 nolearning ",
                     checksums, " && ip link set plain netns ", pod_east.pid()));
    pod_east.Output("ip addr add 10.0.0.2/24 dev plain; ip link set plain mtu 1450 up");
    ASSERT_TRUE(Eventually([&] { return Pings(pod_east, "10.0.0.1"); })) << checksums;
    ExpectAllWorks();
    EXPECT_GT(Traffic(*west, "fast_sent"), 1000u);
    EXPECT_EQ(west->Counter("slow_received_outer") != 0, checksums == std::string("udpcsum"));
    pod_east.Output("ip link del plain");
  }
}

// Without what may differ: the identification, which the checksum covers.
Bytes WithoutId(Bytes outer) {
  for (size_t at : {18, 19, 24, 25}) outer.at(at) = 0;
  return outer;
}

TEST_F(FastPaths, WriteWhatTheVxlanDeviceWrites) {
  const Ipv4 ipv4{.source = "10.0.0.1", .destination = "10.0.0.2"};
  const Ipv6 ipv6{.source = "fd00::1", .destination = "fd00::2"};
  std::vector<Bytes> frames;
  for (uint8_t ecn = 0; ecn < 4; ++ecn) {
    Ipv4 marked = ipv4;
    marked.tos = static_cast<uint8_t>(0xb8 | ecn);
    frames.push_back((Ethernet{} / marked / Udp{.source = 1000, .destination = 7} / Raw{"marked"}).Bytes());
    Ipv6 marked6 = ipv6;
    marked6.traffic_class = ecn;
    frames.push_back((Ethernet{} / marked6 / Udp{.source = 1000, .destination = 7}).Bytes());
  }
  for (uint16_t port = 2000; port < 2020; ++port) {
    frames.push_back((Ethernet{} / ipv4 / Udp{.source = port, .destination = 7} / Raw{"flow"}).Bytes());
  }
  frames.push_back((Ethernet{} / ipv4 / Udp{} / Raw{std::string(1422, 'x')}).Bytes());
  frames.push_back((Ethernet{} / ipv4 / Icmp{}).Bytes());
  frames.push_back((Ethernet{} / ipv6 / Icmp6{}).Bytes());
  frames.push_back((Ethernet{.destination = "01:00:5e:00:00:01"} / ipv4 / Udp{}).Bytes());
  Ipv4 fragment = ipv4;
  fragment.fragment_offset = 10;
  frames.push_back((Ethernet{} / fragment / Raw{"fragment"}).Bytes());

  std::array<std::vector<Bytes>, 2> written;
  const FastPath paths[] = {FastPath::kOff, FastPath::kOn};
  for (int i : {0, 1}) {
    west->config.fast_path = paths[i];
    ASSERT_EQ(west->Start(), absl::OkStatus());
    ASSERT_EQ(west->Apply(WestSide(pod_west)), absl::OkStatus());
    const uint64_t fast = Traffic(*west, "fast_sent");
    RawLink pod(pod_west, "nsm0");
    RawLink underlay(east->netns, "under0");
    for (const Bytes& frame : frames) {
      pod.Send(frame);
      auto outer = underlay.Receive([&frame](const Bytes& seen) {
        return seen.size() == frame.size() + 50 && std::equal(frame.begin(), frame.end(), seen.begin() + 50);
      });
      ASSERT_TRUE(outer.has_value());
      written[i].push_back(WithoutId(*std::move(outer)));
    }
    EXPECT_EQ(Traffic(*west, "fast_sent") - fast, i == 0 ? 0 : frames.size());
    west->Stop();
  }
  EXPECT_EQ(written[0], written[1]);
}

TEST_F(FastPaths, FollowRoutes) {
  Start(FastPath::kOn, FastPath::kOn);
  ASSERT_TRUE(Pings(pod_west, "10.0.0.2"));
  testing::Join(west->netns, "under1", east->netns, "under1");
  west->netns.Output(
      "ip addr add 198.51.100.1/24 dev under1; ip addr add 2001:db8:1::1/64 nodad dev under1; "
      "sysctl -qw net.ipv4.conf.all.rp_filter=0");
  // Answers for no address of another device, so that only the gateway's leads there.
  east->netns.Output(
      "ip addr add 198.51.100.2/24 dev under1; ip addr add 2001:db8:1::2/64 nodad dev under1; "
      "sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.all.arp_ignore=1");
  west->netns.Output("ip route add 192.0.2.2/32 via 198.51.100.2 src 192.0.2.1");
  const uint64_t before = Traffic(*west, "fast_sent");
  // Tunnel packets that left by the other device.
  auto moved = [this] {
    return nlohmann::json::parse(
               west->netns.Output("ip -s -j link show under1"))[0]["stats64"]["tx"]["packets"]
        .get<uint64_t>();
  };
  EXPECT_TRUE(Eventually([&] {
    const uint64_t until_now = moved();
    EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
    return moved() > until_now;
  }));
  EXPECT_GT(Traffic(*west, "fast_sent"), before);
  const uint64_t received = Traffic(*west, "fast_received");
  EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
  EXPECT_EQ(Traffic(*west, "fast_received"), received) << "answers come by another device than they would go";
  EXPECT_GT(west->Counter("slow_received_no_path"), 0u);

  west->netns.Output("ip route replace 192.0.2.2/32 via inet6 2001:db8:1::2 dev under1 src 192.0.2.1");
  west->netns.Output(
      "ip neigh flush dev under1; ip neigh replace 198.51.100.2 dev under1 lladdr 02:00:00:00:00:99");
  EXPECT_TRUE(Eventually([&] { return Pings(pod_west, "10.0.0.2"); })) << "by a gateway with IPv6 alone";
  const uint64_t sent = Traffic(*west, "fast_sent");
  EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
  EXPECT_GT(Traffic(*west, "fast_sent"), sent);
}

TEST_F(FastPaths, AreThoseOfTodayWhenAForwarderIsBack) {
  Start(FastPath::kOn, FastPath::kOn);
  west->Stop();
  auto maps = Maps::Open(MapFolder(west->config));
  ASSERT_TRUE(maps.ok()) << maps.status();
  auto node = maps->node.Find(0);
  ASSERT_TRUE(node.has_value());
  EXPECT_GT(node->paths_until, 0u);
  node->paths_until = 1;
  ASSERT_EQ(maps->node.Put(0, *node), absl::OkStatus());
  west->netns.Output("ip route add 192.0.2.2/32 via 192.0.2.9 dev under0");
  ASSERT_EQ(west->Start(), absl::OkStatus());
  auto path = maps->peers.Find(Encode(Ip("192.0.2.2")));
  ASSERT_TRUE(path.has_value());
  EXPECT_EQ(Decode(path->next_hop), Ip("192.0.2.9")) << "before any packet goes by it";
  EXPECT_GT(maps->node.Find(0)->paths_until, 1u);
}

TEST_F(FastPaths, WorkBesideWhatElseANodeHas) {
  for (TestNode* node : {west.get(), east.get()}) {
    node->netns.Output(
        "sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.under0.rp_filter=1; "
        "nft 'table inet node { chain forward { type filter hook forward priority 0; policy drop; }; "
        "chain input { type filter hook input priority 0; ct state invalid drop; }; }'");
  }
  Start(FastPath::kOn, FastPath::kOn);
  ExpectAllWorks();
  EXPECT_GT(Traffic(*west, "fast_sent"), 1000u);
  EXPECT_GT(Traffic(*west, "fast_received"), 1000u);
}

TEST_F(FastPaths, AreNotForWhatMustBeEncrypted) {
  Start(FastPath::kOn, FastPath::kOn);
  ASSERT_TRUE(Pings(pod_west, "10.0.0.2"));
  if (west->netns.Shell("ip xfrm policy add src 192.0.2.1 dst 198.51.100.9 dir out tmpl proto esp reqid 1") !=
      0) {
    GTEST_SKIP() << "this kernel has no IPsec";
  }
  EXPECT_TRUE(Eventually([&] { return FastPeers(*west) == 0; }));
  const uint64_t fast = Traffic(*west, "fast_sent");
  EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
  EXPECT_EQ(Traffic(*west, "fast_sent"), fast);
}

TEST_F(FastPaths, LeadToNoPeerThatIsNotThereAnyMore) {
  Start(FastPath::kOn, FastPath::kOn);
  EXPECT_EQ(FastPeers(*west), 1);
  ASSERT_EQ(west->Remove("one"), absl::OkStatus());
  EXPECT_TRUE(Eventually([&] { return FastPeers(*west) == 0; }));
}

TEST_F(FastPaths, AreOffAfterHavingBeenOn) {
  Start(FastPath::kOn, FastPath::kOn);
  ASSERT_TRUE(Eventually([&] { return Pings(pod_west, "10.0.0.2") && Traffic(*west, "fast_received") > 0; }));
  west->Stop();
  west->config.fast_path = FastPath::kOff;
  ASSERT_EQ(west->Start(), absl::OkStatus());
  const uint64_t sent = Traffic(*west, "fast_sent");
  const uint64_t received = Traffic(*west, "fast_received");
  EXPECT_GT(sent, 0u);
  EXPECT_GT(received, 0u);
  EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
  EXPECT_EQ(Traffic(*west, "fast_sent"), sent);
  EXPECT_EQ(Traffic(*west, "fast_received"), received);
  EXPECT_EQ(west->Dump()["fast_path"], "it is switched off");
}

TEST_F(FastPaths, JoinPodsOfOneNodeInTheHostsNamespaceToo) {
  west->config.allow_host_netns = true;
  Start(FastPath::kOn, FastPath::kOn);
  CrossConnect wanted = WestSide(pod_west, "two");
  wanted.endpoint = AttachmentTo(west->netns, "10.0.1.2", "10.0.1.1");
  auto& client = std::get<Attachment>(wanted.client);
  client = AttachmentTo(pod_west, "10.0.1.1", "10.0.1.2");
  client.name = "nsm1";
  client.alias = "client-2";
  ASSERT_EQ(west->Apply(wanted), absl::OkStatus());
  EXPECT_TRUE(Pings(pod_west, "10.0.1.2"));
  EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
}

}  // namespace
}  // namespace nsm::dataplane
