// SPDX-License-Identifier: Apache-2.0
// Two nodes on a cable, each with a dataplane of its own, and pods.
//
//   pod ── node west  192.0.2.1 ── underlay ── 192.0.2.2  node east ── pod
//                     2001:db8::1             2001:db8::2
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "src/core/clock.h"
#include "src/dataplane/dataplane.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/ip.h"
#include "tests/harness/netns.h"

namespace nsm::dataplane {

using testing::Eventually;
using testing::TestNetns;

// A node: a namespace with a dataplane, whose calls are made in it.
class TestNode {
 public:
  TestNode(const std::string& name, const std::string& tunnel_ip) {
    config.bpf_dir = absl::StrCat("/sys/fs/bpf/", name, "_", netns.pid());
    config.tunnel_ip = Ip(tunnel_ip);
  }
  ~TestNode() {
    Stop();
    netns.In([&] { EXPECT_TRUE(Dataplane::Cleanup(config).ok()); });
  }

  absl::Status Start() {
    absl::Status status;
    netns.In([&] {
      auto started = Dataplane::Start(config, clock);
      status = started.status();
      if (started.ok()) dataplane = *std::move(started);
    });
    return status;
  }
  void Stop() { dataplane.reset(); }
  absl::Status Apply(const CrossConnect& cross_connect) {
    absl::Status status;
    netns.In([&] { status = dataplane->Apply(cross_connect); });
    return status;
  }
  absl::Status Remove(const std::string& id) {
    absl::Status status;
    netns.In([&] { status = dataplane->Remove(id); });
    return status;
  }
  nlohmann::json Dump() {
    nlohmann::json dump;
    netns.In([&] { dump = dataplane->Dump(); });
    return dump;
  }
  // Zero if there is none of it.
  uint64_t Counter(const std::string& name) { return Dump()["counters"].value(name, 0); }

  TestNetns netns;
  FakeClock clock;
  NodeConfig config;
  std::unique_ptr<Dataplane> dataplane;
};

class RigTest : public ::testing::Test {
 protected:
  void SetUp() override {
    NSM_REQUIRE_PRIVILEGE();
    west = std::make_unique<TestNode>("west", "192.0.2.1");
    east = std::make_unique<TestNode>("east", "192.0.2.2");
    testing::Join(west->netns, "under0", east->netns, "under0");
    west->netns.Output("ip addr add 192.0.2.1/24 dev under0; ip addr add 2001:db8::1/64 nodad dev under0");
    east->netns.Output("ip addr add 192.0.2.2/24 dev under0; ip addr add 2001:db8::2/64 nodad dev under0");
  }
  void StartBoth() {
    ASSERT_EQ(west->Start(), absl::OkStatus());
    ASSERT_EQ(east->Start(), absl::OkStatus());
  }

  static Attachment AttachmentTo(const TestNetns& pod, const std::string& own, const std::string& other) {
    Attachment attachment;
    attachment.netns = pod.inode();
    attachment.name = "nsm0";
    attachment.alias = "client-1";
    attachment.addresses = {Prefix(own)};
    attachment.routes = {{Prefix(other), std::nullopt}};
    attachment.allowed_sources = {Prefix(own)};
    return attachment;
  }
  // West has 10.0.0.1, east 10.0.0.2.
  CrossConnect WestSide(const TestNetns& pod, const std::string& id = "one", uint32_t vni = 77) const {
    return Side(*west, *east, pod, id, vni, "10.0.0.1", "10.0.0.2");
  }
  CrossConnect EastSide(const TestNetns& pod, const std::string& id = "one", uint32_t vni = 77) const {
    return Side(*east, *west, pod, id, vni, "10.0.0.2", "10.0.0.1");
  }
  static CrossConnect Side(const TestNode& node, const TestNode& peer, const TestNetns& pod,
                           const std::string& id, uint32_t vni, const std::string& own,
                           const std::string& other) {
    CrossConnect cross_connect;
    cross_connect.id = id;
    cross_connect.expiry = node.clock.Now() + absl::Minutes(10);
    cross_connect.mtu = 1450;
    cross_connect.client = AttachmentTo(pod, own, other);
    cross_connect.endpoint = Tunnel{.local = node.config.tunnel_ip,
                                    .remote = peer.config.tunnel_ip,
                                    .port = node.config.vxlan_port,
                                    .vni = {vni}};
    return cross_connect;
  }
  static bool Pings(const TestNetns& pod, const std::string& address) {
    return pod.Shell(absl::StrCat("ping -c 1 -W 1 ", address)) == 0;
  }

  // 600 echoes to east in 3 s, while `other` is done; what ping says of them.
  static std::string PingWhile(const TestNetns& pod, const std::function<void()>& other) {
    auto pinging = std::async(std::launch::async, [&pod] {
      return pod.Output("timeout 30 ping -q -i 0.005 -c 600 -W 1 10.0.0.2; true");
    });
    other();
    return pinging.get();
  }

  std::unique_ptr<TestNode> west;
  std::unique_ptr<TestNode> east;
};

}  // namespace nsm::dataplane
