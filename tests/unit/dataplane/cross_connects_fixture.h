// SPDX-License-Identifier: Apache-2.0
// CrossConnects over a kernel in memory: two pods and the host's own namespace.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "src/dataplane/cross_connects.h"
#include "tests/harness/fake_kernel.h"
#include "tests/harness/ip.h"

namespace nsm::dataplane {

inline constexpr NetnsInode kPodA{4, 1001};
inline constexpr NetnsInode kPodB{4, 1002};
inline constexpr NetnsInode kHost{4, 1};
inline constexpr absl::Time kExpiry = absl::FromUnixSeconds(1'700'000'600);

class CrossConnectsTest : public ::testing::Test {
 protected:
  CrossConnectsTest() {
    config.tunnel_ip = Ip("192.0.2.1");
    kernel.PutNamespace(kPodA, {11});
    kernel.PutNamespace(kPodB, {12});
    kernel.PutNamespace(kHost, {1}, true);
    cross_connects = std::make_unique<CrossConnects>(config, kernel);
  }

  // A forwarder starts again: nothing but the kernel is left.
  void Restart() {
    cross_connects = std::make_unique<CrossConnects>(config, kernel);
    ASSERT_EQ(cross_connects->Adopt(), absl::OkStatus());
  }

  static Attachment PodAttachment(const NetnsInode& netns, const std::string& name = "nsm0") {
    Attachment attachment;
    attachment.netns = netns;
    attachment.name = name;
    attachment.alias = "alias";
    attachment.addresses = {Prefix("10.0.0.1/32"), Prefix("fd00::1/128")};
    attachment.routes = {{Prefix("10.0.0.2/32"), std::nullopt}, {Prefix("10.1.0.0/16"), Ip("10.0.0.2")}};
    attachment.allowed_sources = {Prefix("10.0.0.1/32"), Prefix("fd00::1/128")};
    return attachment;
  }
  static Tunnel TunnelTo(const std::string& remote, uint32_t vni) {
    return {.local = Ip("192.0.2.1"), .remote = Ip(remote), .port = 4789, .vni = {vni}};
  }
  static CrossConnect Remote(const std::string& id = "one") {
    CrossConnect wanted;
    wanted.id = id;
    wanted.expiry = kExpiry;
    wanted.guarded = true;
    wanted.mtu = 1450;
    wanted.client = PodAttachment(kPodA);
    wanted.endpoint = TunnelTo("192.0.2.2", 77);
    return wanted;
  }
  static CrossConnect Local() {
    CrossConnect wanted = Remote();
    wanted.endpoint = PodAttachment(kPodB, "nse0");
    return wanted;
  }

  // Another one in the same pod, which leads nowhere.
  static CrossConnect Second() {
    CrossConnect second = Remote("two");
    second.client = PodAttachment(kPodA, "nsm1");
    std::get<Attachment>(second.client).routes.clear();
    second.endpoint = TunnelTo("192.0.2.2", 78);
    return second;
  }

  Ifindex ClientsHostEnd() const {
    return std::get<BuiltAttachment>(cross_connects->records().at("one").legs[0]).index;
  }

  // The steps of another Apply.
  std::vector<Op> StepsOf(const CrossConnect& wanted) {
    kernel.done.clear();
    EXPECT_EQ(cross_connects->Apply(wanted), absl::OkStatus());
    return kernel.done;
  }

  NodeConfig config;
  FakeKernel kernel;
  std::unique_ptr<CrossConnects> cross_connects;
};

}  // namespace nsm::dataplane
