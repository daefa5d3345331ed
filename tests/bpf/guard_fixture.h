// SPDX-License-Identifier: Apache-2.0
// A guarded attachment with a few allowed sources.
#pragma once

#include "tests/bpf/bpf_test.h"

namespace nsm::dataplane {

inline const Egress kToTunnel{
    .to = Tunnel{.local = Ip("192.0.2.1"), .remote = Ip("192.0.2.2"), .port = 4789, .vni = {77}},
    .payload = Payload::kEthernet,
    .guarded = true};

inline const char* const kAllowedPrefixes[] = {"10.0.0.1/32", "10.1.0.0/16", "fd00::1/128", "fd01::/64"};

class HostGuard : public BpfTest {
 protected:
  absl::StatusOr<Program> Load() override { return LoadHostGuard(folder); }
  void Prepare() override {
    SetDevice(42);
    Put(kToTunnel);
    for (const char* text : kAllowedPrefixes) Allow(text);
  }
  void SetDevice(uint32_t ifindex) {
    nsm_node node{};
    node.vxlan_ifindex = ifindex;
    ASSERT_TRUE(maps->node.Put(0, node).ok());
  }
  void Put(const Egress& egress) { ASSERT_TRUE(maps->egress.Put(kAttachment.value, Encode(egress)).ok()); }
  void Allow(const std::string& prefix, Ifindex attachment = kAttachment) {
    ASSERT_TRUE(maps->allowed_sources.Put(EncodeSource(attachment, *IpPrefix::Parse(prefix)), 1).ok());
  }
};

}  // namespace nsm::dataplane
