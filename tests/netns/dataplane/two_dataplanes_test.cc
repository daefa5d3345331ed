// SPDX-License-Identifier: Apache-2.0
// Two dataplanes in the namespace of each node, told apart by their UDP ports, with a folder of their own
// each or with one for both.
//
//   pod one ── dataplane one, 4789 ─┐               ┌─ dataplane one, 4789 ── pod one
//                                   ├─ under0 ══════┤
//   pod two ── dataplane two, 4790 ─┘               └─ dataplane two, 4790 ── pod two
#include <net/if.h>

#include <filesystem>
#include <future>

#include "src/bpf/tcx_link.h"
#include "src/dataplane/ingress_guard.h"
#include "src/dataplane/pinned_state.h"
#include "tests/harness/filters.h"
#include "tests/netns/dataplane/rig.h"

namespace nsm::dataplane {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint16_t kSecondPort = 4790;

// The second one of a node.
class Second {
 public:
  Second(TestNode& node, bool own_folder) : node_(node), config(node.config) {
    config.vxlan_port = kSecondPort;
    if (own_folder) config.bpf_dir += "_second";
  }
  ~Second() {
    dataplane.reset();
    (void)Cleanup();
  }
  absl::Status Start() {
    absl::Status status;
    node_.netns.In([&] {
      auto started = Dataplane::Start(config, node_.clock);
      status = started.status();
      if (started.ok()) dataplane = *std::move(started);
    });
    return status;
  }
  absl::Status Apply(CrossConnect cross_connect) {
    std::get<Tunnel>(cross_connect.endpoint).port = config.vxlan_port;
    absl::Status status;
    node_.netns.In([&] { status = dataplane->Apply(cross_connect); });
    return status;
  }
  absl::Status Cleanup() {
    absl::Status status;
    node_.netns.In([&] { status = Dataplane::Cleanup(config); });
    return status;
  }

 private:
  TestNode& node_;

 public:
  NodeConfig config;
  std::unique_ptr<Dataplane> dataplane;
};

class TwoDataplanes : public RigTest, public ::testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    RigTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    StartBoth();
    second_west = std::make_unique<Second>(*west, GetParam());
    second_east = std::make_unique<Second>(*east, GetParam());
  }
  void TearDown() override {
    second_west.reset();
    second_east.reset();
  }
  void ConnectBoth() {
    ASSERT_EQ(second_west->Start(), absl::OkStatus());
    ASSERT_EQ(second_east->Start(), absl::OkStatus());
    ASSERT_EQ(west->Apply(WestSide(one_west)), absl::OkStatus());
    ASSERT_EQ(east->Apply(EastSide(one_east)), absl::OkStatus());
    ASSERT_EQ(second_west->Apply(WestSide(two_west)), absl::OkStatus());
    ASSERT_EQ(second_east->Apply(EastSide(two_east)), absl::OkStatus());
    ASSERT_TRUE(Pings(one_west, "10.0.0.2"));
    ASSERT_TRUE(Pings(two_west, "10.0.0.2"));
  }
  // 400 echoes over two seconds, while `other` is done.
  static std::string PingWhile(const TestNetns& pod, const std::function<void()>& other) {
    auto pinging = std::async(std::launch::async, [&pod] {
      return pod.Output("timeout 30 ping -q -i 0.005 -c 400 -W 1 10.0.0.2; true");
    });
    other();
    return pinging.get();
  }

  TestNetns one_west, one_east, two_west, two_east;
  std::unique_ptr<Second> second_west;
  std::unique_ptr<Second> second_east;
};

TEST_P(TwoDataplanes, CleaningUpOneLeavesTheOther) {
  ConnectBoth();
  second_west->dataplane.reset();
  std::string echoes = PingWhile(one_west, [&] { EXPECT_EQ(second_west->Cleanup(), absl::OkStatus()); });
  EXPECT_THAT(echoes, HasSubstr(" 400 received, 0% packet loss"));
  EXPECT_FALSE(Pings(two_west, "10.0.0.2"));
  std::string links = west->netns.Output("ip -o link");
  EXPECT_THAT(links, HasSubstr("nsm-vx4789"));
  EXPECT_THAT(links, Not(HasSubstr("nsm-vx4790")));
  // What it would adopt is there as well.
  west->Stop();
  ASSERT_EQ(west->Start(), absl::OkStatus());
  EXPECT_EQ(west->Dump()["cross_connects"].size(), 1u);
  EXPECT_TRUE(Pings(one_west, "10.0.0.2"));
}

TEST_P(TwoDataplanes, CleaningUpTheFirstLeavesTheSecond) {
  ConnectBoth();
  west->Stop();
  std::string echoes = PingWhile(two_west, [&] {
    west->netns.In([&] { EXPECT_EQ(Dataplane::Cleanup(west->config), absl::OkStatus()); });
  });
  EXPECT_THAT(echoes, HasSubstr(" 400 received, 0% packet loss"));
  EXPECT_FALSE(Pings(one_west, "10.0.0.2"));
  second_west->dataplane.reset();
  EXPECT_EQ(second_west->Cleanup(), absl::OkStatus());
  EXPECT_FALSE(std::filesystem::exists(west->config.bpf_dir));
  EXPECT_FALSE(std::filesystem::exists(second_west->config.bpf_dir));
  EXPECT_THAT(west->netns.Output("ip -o link"), Not(HasSubstr("nsm")));
}

INSTANTIATE_TEST_SUITE_P(Folders, TwoDataplanes, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "OneEach" : "OneForBoth"; });

// Guards of two dataplanes on one device, which both want to be first.
class OneDevice : public RigTest {
 protected:
  void SetUp() override {
    RigTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    second = std::make_unique<Second>(*west, false);
    ASSERT_EQ(west->Start(), absl::OkStatus());
    ASSERT_EQ(second->Start(), absl::OkStatus());
    west->Stop();
    second->dataplane.reset();
    west->netns.Output("ip link add plain type veth peer name plain0");
    west->netns.In([&] {
      plain = {::if_nametoindex("plain")};
      socket.emplace(testing::SocketHere());
    });
  }
  void TearDown() override {
    socket.reset();
    second.reset();
  }
  IngressGuard GuardOf(const NodeConfig& config, bool use_tcx) {
    return {*socket,
            LinkFolder(config),
            "plain",
            use_tcx,
            netlink::FilterPlace::HandleOf(config.vxlan_port),
            [&config] { return LoadUnderlayGuard(MapFolder(config), config.vxlan_port); }};
  }
  uint32_t FilterOf(const NodeConfig& config) const {
    return testing::FilterAt({.index = plain, .handle = netlink::FilterPlace::HandleOf(config.vxlan_port)});
  }

  std::unique_ptr<Second> second;
  std::optional<netlink::Socket> socket;  // of west
  Ifindex plain;
};

TEST_F(OneDevice, IsGuardedByBothInAnyOrder) {
  IngressGuard one = GuardOf(west->config, true);
  IngressGuard two = GuardOf(second->config, true);
  west->netns.In([&] {
    ASSERT_EQ(one.Ensure(plain), absl::OkStatus());
    ASSERT_EQ(two.Ensure(plain), absl::OkStatus());
    std::vector<uint32_t> programs = *bpf::QueryTcx(plain);
    ASSERT_EQ(programs.size(), 2u);
    one.Check();
    two.Check();
    EXPECT_EQ(*bpf::QueryTcx(plain), programs);
  });
}

TEST_F(OneDevice, WithoutTcxHasAFilterOfEach) {
  IngressGuard one = GuardOf(west->config, false);
  IngressGuard two = GuardOf(second->config, false);
  west->netns.In([&] {
    ASSERT_EQ(one.Ensure(plain), absl::OkStatus());
    ASSERT_EQ(two.Ensure(plain), absl::OkStatus());
    uint32_t first = FilterOf(west->config);
    EXPECT_NE(first, 0u);
    EXPECT_NE(FilterOf(second->config), 0u);
    ASSERT_EQ(second->Cleanup(), absl::OkStatus());
    EXPECT_EQ(FilterOf(second->config), 0u);
    EXPECT_EQ(FilterOf(west->config), first);
    ASSERT_EQ(Dataplane::Cleanup(west->config), absl::OkStatus());
    EXPECT_EQ(FilterOf(west->config), 0u);
  });
}

class OnePort : public RigTest {};

TEST_F(OnePort, IsNotTakenFromADataplaneWithAnotherFolder) {
  StartBoth();
  TestNetns pod_west;
  TestNetns pod_east;
  ASSERT_EQ(west->Apply(WestSide(pod_west)), absl::OkStatus());
  ASSERT_EQ(east->Apply(EastSide(pod_east)), absl::OkStatus());
  Second thief(*west, true);
  thief.config.vxlan_port = west->config.vxlan_port;

  absl::Status started = thief.Start();
  EXPECT_EQ(started.code(), absl::StatusCode::kFailedPrecondition) << started;
  EXPECT_THAT(started.message(), HasSubstr("4789"));
  EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
  EXPECT_FALSE(std::filesystem::exists(thief.config.bpf_dir));

  // Nor when it is only to be cleaned up; and without its own process the other is as it was.
  west->Stop();
  EXPECT_EQ(thief.Cleanup().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
  ASSERT_EQ(west->Start(), absl::OkStatus());
  EXPECT_EQ(west->Dump()["links"]["attachments"], 1);
}

}  // namespace
}  // namespace nsm::dataplane
