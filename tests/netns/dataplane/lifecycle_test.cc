// SPDX-License-Identifier: Apache-2.0
// What happens to connections over time: asked for again, damaged, closed, adopted, left behind.
#include <atomic>
#include <filesystem>
#include <thread>

#include "absl/strings/str_format.h"
#include "src/dataplane/linux_kernel.h"
#include "tests/netns/dataplane/rig.h"

namespace nsm::dataplane {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Lifecycle : public RigTest {
 protected:
  void SetUp() override {
    RigTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    StartBoth();
  }
  // Both sides of one connection.
  void Connect(const TestNetns& pod_west, const TestNetns& pod_east) {
    ASSERT_EQ(west->Apply(WestSide(pod_west)), absl::OkStatus());
    ASSERT_EQ(east->Apply(EastSide(pod_east)), absl::OkStatus());
    ASSERT_TRUE(Pings(pod_west, "10.0.0.2"));
  }
  static void ExpectNothingLeft(TestNode& node) {
    nlohmann::json dump = node.Dump();
    EXPECT_TRUE(dump["cross_connects"].empty()) << dump;
    for (const char* map :
         {"records", "egress", "ingress", "allowed_sources", "ways_back", "arrivals", "traffic"}) {
      EXPECT_EQ(dump["map_entries"][map], 0) << map;
    }
    EXPECT_TRUE(Eventually([&] {
      nlohmann::json links = node.Dump()["links"];
      return links["attachments"] == 0 && links["doomed"] == 0;
    })) << node.Dump();
  }
};

TEST_F(Lifecycle, AskedAgainNothingChanges) {
  TestNetns pod_west;
  TestNetns pod_east;
  CrossConnect wanted = WestSide(pod_west);
  wanted.guarded = true;
  ASSERT_EQ(west->Apply(wanted), absl::OkStatus());
  ASSERT_EQ(east->Apply(EastSide(pod_east)), absl::OkStatus());
  // The kernel's own link-local address becomes usable by and by.
  auto look = [&] {
    return pod_west.Output("ip -d link; ip -4 addr; ip route; ip -6 route; tc filter show dev nsm0 egress") +
           west->netns.Output("ip -d link; tc qdisc");
  };
  std::string before = look();
  wanted.expiry += absl::Minutes(1);
  ASSERT_EQ(west->Apply(wanted), absl::OkStatus());
  EXPECT_EQ(look(), before);
}

TEST_F(Lifecycle, WhatIsMissingIsMadeAnew) {
  TestNetns pod_west;
  TestNetns pod_east;
  Connect(pod_west, pod_east);
  for (const char* damage :
       {"ip link del nsm0", "ip link set nsm0 mtu 1000", "ip link set nsm0 name other"}) {
    pod_west.Output(damage);
    Eventually([&] { return west->Dump()["links"]["attachments"] == 1; }, 0.1);
    ASSERT_EQ(west->Apply(WestSide(pod_west)), absl::OkStatus()) << damage;
    EXPECT_TRUE(Pings(pod_west, "10.0.0.2")) << damage;
    EXPECT_THAT(pod_west.Output("ip link show nsm0"), HasSubstr("mtu 1450")) << damage;
  }
}

TEST_F(Lifecycle, WhatSomebodyTakesAwayIsBackWithoutBeingAskedFor) {
  TestNetns pod_west;
  TestNetns pod_east;
  CrossConnect wanted = WestSide(pod_west);
  CrossConnect other = EastSide(pod_east);
  wanted.guarded = true;
  std::get<Attachment>(other.client).mac = MacAddress{{2, 0, 0, 0, 0, 1}};
  std::get<Attachment>(wanted.client).neighbors = {{Ip("10.0.0.2"), {{2, 0, 0, 0, 0, 1}}}};
  ASSERT_EQ(west->Apply(wanted), absl::OkStatus());
  ASSERT_EQ(east->Apply(other), absl::OkStatus());
  ASSERT_TRUE(Pings(pod_west, "10.0.0.2"));
  const std::string host_end =
      absl::StrFormat("nsm%08x", west->Dump()["cross_connects"][0]["client"]["ifindex"].get<uint32_t>());
  auto look = [&] {
    return pod_west.Output(
               "ip -o link show nsm0; ip -4 -o addr show dev nsm0; ip route; ip neigh show nud permanent; "
               "tc filter show dev nsm0 egress") +
           west->netns.Output(absl::StrCat("ip -o link show ", host_end, "; tc qdisc show dev ", host_end,
                                           " ingress; tc filter show dev ", host_end, " ingress"));
  };
  const std::string whole = look();
  auto hurt = [&](const TestNetns& where, const std::string& damage) {
    where.Output(damage);
    EXPECT_TRUE(Eventually([&] { return look() == whole; }, 1)) << damage << "\n" << whole << look();
    EXPECT_TRUE(Pings(pod_west, "10.0.0.2")) << damage;
  };
  for (const char* damage :
       {"ip addr flush dev nsm0", "ip route flush dev nsm0", "ip link set nsm0 down",
        "ip neigh flush dev nsm0 nud permanent", "ip link set nsm0 down; ip link set nsm0 up",
        "tc filter del dev nsm0 egress", "tc qdisc del dev nsm0 clsact"}) {
    hurt(pod_west, damage);
  }
  for (const char* damage :
       {"tc filter del dev $dev ingress", "tc qdisc del dev $dev ingress", "ip link set $dev down"}) {
    hurt(west->netns, absl::StrCat("dev=", host_end, "; ", damage));
  }
}

TEST_F(Lifecycle, RoutesOfThePodStayInUseAndAreAloneAfterwards) {
  TestNetns pod;
  pod.Output(
      "ip link add eth0 type veth peer name cni; ip link set cni up; ip link set eth0 up; "
      "ip addr add 10.244.0.5/24 dev eth0; ip addr add fd44::5/64 nodad dev eth0; "
      "ip route add default via 10.244.0.1; ip route add 10.96.0.0/12 via 10.244.0.1; "
      "ip -6 route add default via fd44::1");
  auto look = [&] { return pod.Output("ip route; ip -6 route show default"); };
  const std::string before = look();
  CrossConnect wanted = WestSide(pod);
  auto& attachment = std::get<Attachment>(wanted.client);
  attachment.addresses.push_back(Prefix("fd00::1/128"));
  for (const char* prefix : {"0.0.0.0/0", "10.96.0.0/12"}) {
    attachment.routes.push_back({Prefix(prefix), Ip("10.0.0.2")});
  }
  attachment.routes.push_back({Prefix("::/0"), std::nullopt});
  ASSERT_EQ(west->Apply(wanted), absl::OkStatus());
  for (const char* destination : {"8.8.8.8", "10.96.0.1", "2001:db8:77::1"}) {
    EXPECT_THAT(pod.Output(absl::StrCat("ip route get ", destination)), HasSubstr("dev eth0"));
  }
  for (const char* half : {"0.0.0.0/1", "128.0.0.0/1"})
    attachment.routes.push_back({Prefix(half), Ip("10.0.0.2")});
  ASSERT_EQ(west->Apply(wanted), absl::OkStatus());
  EXPECT_THAT(pod.Output("ip route get 8.8.8.8"), HasSubstr("dev nsm0")) << "asked for as two halves";
  EXPECT_THAT(pod.Output("ip route get 10.96.0.1"), HasSubstr("dev eth0"));
  ASSERT_EQ(west->Remove("one"), absl::OkStatus());
  EXPECT_EQ(look(), before);
}

TEST_F(Lifecycle, PayloadIpSpeaksIpv6OnceThereAreAddressesOfIt) {
  TestNetns pod;
  CrossConnect wanted = WestSide(pod);
  wanted.payload = Payload::kIp;
  auto& attachment = std::get<Attachment>(wanted.client);
  attachment.mac = MacAddress{{2, 0, 0, 0, 0, 1}};
  attachment.neighbors = {{*IpAddress::Parse("10.0.0.2"), MacAddress{{2, 0, 0, 0, 0, 2}}}};
  ASSERT_EQ(west->Apply(wanted), absl::OkStatus());
  EXPECT_EQ(pod.Output("ip -6 addr show dev nsm0"), "");
  attachment.addresses.push_back(*IpPrefix::Parse("fd00::1/128"));
  ASSERT_EQ(west->Apply(wanted), absl::OkStatus());
  EXPECT_THAT(pod.Output("ip -6 addr show dev nsm0"), HasSubstr("fd00::1/128"));
  EXPECT_THAT(pod.Output("ip neigh show dev nsm0 nud permanent"), HasSubstr("10.0.0.2"));
}

TEST_F(Lifecycle, RestartsLoseNoPacket) {
  TestNetns pod_west;
  TestNetns pod_east;
  Connect(pod_west, pod_east);
  std::string pinged;
  std::thread traffic([&] { pinged = pod_west.Output("ping -q -i 0.005 -c 300 -W 1 10.0.0.2"); });
  for (int i = 0; i < 4; ++i) {
    TestNode& node = i % 2 == 0 ? *west : *east;
    node.Stop();
    EXPECT_EQ(node.Start(), absl::OkStatus());
  }
  traffic.join();
  EXPECT_THAT(pinged, HasSubstr("300 received, 0% packet loss"));
  EXPECT_EQ(west->Dump()["cross_connects"].size(), 1u);
  ASSERT_EQ(west->Remove("one"), absl::OkStatus()) << "nobody has asked for it again";
  ExpectNothingLeft(*west);
  EXPECT_NE(pod_west.Shell("ip link show nsm0"), 0);
}

TEST_F(Lifecycle, AdoptedExpiresUnlessAskedForAgain) {
  TestNetns pod;
  TestNetns claimed;
  ASSERT_EQ(west->Apply(WestSide(pod)), absl::OkStatus());
  ASSERT_EQ(west->Apply(WestSide(claimed, "two", 78)), absl::OkStatus());
  west->Stop();
  ASSERT_EQ(west->Start(), absl::OkStatus());
  ASSERT_EQ(west->Apply(WestSide(claimed, "two", 78)), absl::OkStatus());
  west->clock.Advance(absl::Minutes(11));
  EXPECT_TRUE(Eventually([&] { return west->Dump()["cross_connects"].size() == 1; }));
  EXPECT_NE(pod.Shell("ip link show nsm0"), 0);
  EXPECT_EQ(claimed.Shell("ip link show nsm0"), 0);
}

TEST_F(Lifecycle, SameNameAHundredTimes) {
  TestNetns pod_west;
  TestNetns pod_east;
  Connect(pod_west, pod_east);
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(west->Remove("one"), absl::OkStatus());
    ASSERT_EQ(west->Apply(WestSide(pod_west)), absl::OkStatus()) << i;
  }
  EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
  EXPECT_TRUE(Eventually([&] { return pod_west.Output("ip -o link").find("nsmx") == std::string::npos; }));
  ASSERT_EQ(west->Remove("one"), absl::OkStatus());
  ExpectNothingLeft(*west);
}

TEST_F(Lifecycle, ClosedStopsAtOnce) {
  TestNetns pod_west;
  TestNetns pod_east;
  Connect(pod_west, pod_east);
  ASSERT_EQ(west->Remove("one"), absl::OkStatus());
  EXPECT_NE(pod_west.Shell("ip link show nsm0"), 0);
  EXPECT_FALSE(Pings(pod_east, "10.0.0.1"));
  ExpectNothingLeft(*west);
}

TEST_F(Lifecycle, LinksThatCouldNotBeDeletedAreTriedAgain) {
  TestNetns pod_west;
  TestNetns pod_east;
  Connect(pod_west, pod_east);
  // Nobody can delete lo, so nobody can delete its group.
  west->netns.Output(absl::StrCat("ip link set lo group ", DoomedGroup(west->config.vxlan_port)));
  ASSERT_EQ(west->Remove("one"), absl::OkStatus());
  EXPECT_FALSE(Pings(pod_east, "10.0.0.1")) << "by the end of which it has been tried";
  EXPECT_EQ(west->Dump()["links"]["doomed"], 2);
  west->netns.Output("ip link set lo group default");
  ExpectNothingLeft(*west);
}

TEST_F(Lifecycle, VanishedPodIsNoticedAndForgotten) {
  auto pod = std::make_unique<TestNetns>();
  std::atomic<int> told = 0;
  west->dataplane->OnAttachmentLost(
      [&told](const Loss& loss) { told += loss == Loss{.id = "one", .of_client_pod = true}; });
  ASSERT_EQ(west->Apply(WestSide(*pod)), absl::OkStatus());
  // Whoever held the namespace would hold this end of the pair, too.
  pod.reset();
  EXPECT_TRUE(Eventually([&told] { return told == 1; }, 2));
  ExpectNothingLeft(*west);
  EXPECT_EQ(west->Remove("one"), absl::OkStatus());
}

TEST_F(Lifecycle, DeletedHostEndIsNoticed) {
  TestNetns pod;
  std::atomic<int> told = 0;
  west->dataplane->OnAttachmentLost([&told](const Loss& loss) { told += loss == Loss{"one"}; });
  ASSERT_EQ(west->Apply(WestSide(pod)), absl::OkStatus());
  pod.Output("ip link del nsm0");
  EXPECT_TRUE(Eventually([&told] { return told == 1; }, 2));
  ExpectNothingLeft(*west);
}

TEST_F(Lifecycle, NamespaceWithAnotherIdentityInheritsNothing) {
  std::unique_ptr<TestNetns> replacement;
  // Others on this host may be given the inode before us.
  for (int attempt = 0; replacement == nullptr && attempt < 20; ++attempt) {
    if (attempt > 0) {
      ASSERT_EQ(west->Start(), absl::OkStatus());
    }
    auto pod = std::make_unique<TestNetns>();
    NetnsInode inode = pod->inode();
    ASSERT_EQ(west->Apply(WestSide(*pod)), absl::OkStatus());
    west->Stop();
    pod.reset();
    std::vector<std::unique_ptr<TestNetns>> others;
    auto reused = [&] {
      others.push_back(std::make_unique<TestNetns>());
      return others.back()->inode() == inode;
    };
    if (Eventually(reused, 1)) replacement = std::move(others.back());
  }
  ASSERT_NE(replacement, nullptr) << "the kernel never used the inode again";
  TestNetns& successor = *replacement;
  // Somebody else's interface of the same name.
  successor.Output("ip link add nsm0 type veth peer name peer0");
  ASSERT_EQ(west->Start(), absl::OkStatus());
  EXPECT_TRUE(west->Dump()["cross_connects"].empty());
  EXPECT_EQ(successor.Shell("ip link show nsm0"), 0);
  EXPECT_EQ(west->Apply(WestSide(successor)).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(successor.Shell("ip link show peer0"), 0);
  successor.Output("ip link del nsm0");
  EXPECT_EQ(west->Apply(WestSide(successor)), absl::OkStatus());
}

TEST_F(Lifecycle, FailureLeavesNothingBehind) {
  TestNetns pod;
  CrossConnect wanted = WestSide(pod);
  // The kernel refuses one's own address as next hop.
  std::get<Attachment>(wanted.client).routes.push_back({Prefix("10.5.0.0/16"), Ip("10.0.0.1")});
  wanted.guarded = true;
  EXPECT_FALSE(west->Apply(wanted).ok());
  EXPECT_NE(pod.Shell("ip link show nsm0"), 0);
  ExpectNothingLeft(*west);
  EXPECT_EQ(west->Apply(WestSide(pod)), absl::OkStatus());
}

TEST_F(Lifecycle, TheNodesOwnNamespaceIsRefused) {
  EXPECT_EQ(west->Apply(WestSide(west->netns)).code(), absl::StatusCode::kPermissionDenied);
  // That of process 1.
  CrossConnect wanted = WestSide(west->netns);
  if (struct stat host; ::stat("/proc/1/ns/net", &host) == 0) {
    std::get<Attachment>(wanted.client).netns = {host.st_dev, host.st_ino};
    EXPECT_EQ(west->Apply(wanted).code(), absl::StatusCode::kPermissionDenied);
  }
  west->Stop();
  west->config.allow_host_netns = true;
  ASSERT_EQ(west->Start(), absl::OkStatus());
  EXPECT_EQ(west->Apply(WestSide(west->netns)), absl::OkStatus());
  EXPECT_EQ(west->Remove("one"), absl::OkStatus());
}

TEST_F(Lifecycle, MissingNamespaceIsNotFound) {
  CrossConnect wanted = WestSide(west->netns);
  std::get<Attachment>(wanted.client).netns.inode = 1;
  EXPECT_EQ(west->Apply(wanted).code(), absl::StatusCode::kNotFound);
}

TEST_F(Lifecycle, PinnedStateCanBeReadWithoutAForwarder) {
  TestNetns pod;
  ASSERT_EQ(west->Apply(WestSide(pod)), absl::OkStatus());
  nlohmann::json live = west->Dump();
  west->Stop();
  auto pinned = Dataplane::DumpPinned(west->config);
  ASSERT_TRUE(pinned.ok()) << pinned.status();
  EXPECT_EQ((*pinned)["cross_connects"][0]["id"], live["cross_connects"][0]["id"]);
  EXPECT_EQ((*pinned)["vnis"], live["vnis"]);
}

TEST_F(Lifecycle, CleanupLeavesNothing) {
  TestNetns pod;
  ASSERT_EQ(west->Apply(WestSide(pod)), absl::OkStatus());
  west->Stop();
  west->netns.In([&] { ASSERT_EQ(Dataplane::Cleanup(west->config), absl::OkStatus()); });
  EXPECT_FALSE(std::filesystem::exists(west->config.bpf_dir));
  std::string links = west->netns.Output("ip -o link");
  EXPECT_THAT(links, Not(HasSubstr("nsm")));
  EXPECT_THAT(pod.Output("ip -o link"), Not(HasSubstr("nsm")));
  EXPECT_EQ(west->netns.Output("tc qdisc show clsact; tc qdisc show ingress"), "");
}

}  // namespace
}  // namespace nsm::dataplane
