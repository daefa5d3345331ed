// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>

#include "tests/bpf/bpf_test.h"

namespace nsm::dataplane {
namespace {

class VxlanIngress : public BpfTest {
 protected:
  absl::StatusOr<Program> Load() override { return LoadVxlanIngress(folder); }
  void Prepare() override {
    PutTunnel("192.0.2.2", 77, "192.0.2.1");
    PutTunnel("2001:db8::2", 78, "2001:db8::1");
  }
  void PutTunnel(const std::string& remote, uint32_t vni, const std::string& local) {
    Ingress ingress{.local = Ip(local), .index = kAttachment};
    ASSERT_TRUE(maps->ingress.Put(Encode(TunnelKey{Ip(remote), {vni}}), Encode(ingress)).ok());
  }

  // As if the packet had come out of this tunnel.
  Outcome RunFrom(const std::string& remote, const std::string& local, uint32_t vni) {
    return RunAsReceived(Ethernet{} / Ipv4{} / Icmp{}, "with_tunnel_key", [&](as_received_bpf& object) {
      bpf_tunnel_key& key = *const_cast<bpf_tunnel_key*>(&object.rodata->tunnel_key);
      key.tunnel_id = vni;
      nsm_address from = Encode(Ip(remote));
      nsm_address to = Encode(Ip(local));
      if (Ip(remote).is_v4()) {
        key.remote_ipv4 = ntohl(from.words[3]);
        key.local_ipv4 = ntohl(to.words[3]);
      } else {
        std::copy_n(from.words, 4, key.remote_ipv6);
        std::copy_n(to.words, 4, key.local_ipv6);
        object.rodata->tunnel_flags = BPF_F_TUNINFO_IPV6;
      }
    });
  }
};

TEST_F(VxlanIngress, DeliversWhatALiveTunnelBrings) {
  ASSERT_TRUE(maps->traffic.PutZero(kAttachment.value).ok());
  EXPECT_EQ(RunFrom("192.0.2.2", "192.0.2.1", 77), kRedirected);
  EXPECT_EQ(RunFrom("2001:db8::2", "2001:db8::1", 78), kRedirected);
  EXPECT_EQ(SumOfTraffic(*maps, kAttachment).packets_received, 2u);
}

TEST_F(VxlanIngress, DropsWhatIsNoLiveTunnel) {
  EXPECT_EQ(RunFrom("192.0.2.3", "192.0.2.1", 77), DroppedAs("drop_vxlan_unknown")) << "forged source";
  EXPECT_EQ(RunFrom("192.0.2.2", "192.0.2.1", 78), DroppedAs("drop_vxlan_unknown")) << "VNI of another peer";
  EXPECT_EQ(RunFrom("192.0.2.2", "192.0.2.1", 79), DroppedAs("drop_vxlan_unknown")) << "VNI of nobody";
  EXPECT_EQ(RunFrom("2001:db8::2", "2001:db8::1", 77), DroppedAs("drop_vxlan_unknown"));
}

TEST_F(VxlanIngress, DropsWhatCameToAnotherAddressOfOurs) {
  EXPECT_EQ(RunFrom("192.0.2.2", "192.0.2.10", 77), DroppedAs("drop_vxlan_wrong_local"));
  EXPECT_EQ(RunFrom("2001:db8::2", "2001:db8::10", 78), DroppedAs("drop_vxlan_wrong_local"));
}

TEST_F(VxlanIngress, DropsWhatCameByNoTunnel) {
  EXPECT_EQ(Run(Ethernet{} / Ipv4{} / Icmp{}), DroppedAs("drop_vxlan_no_key"));
}

}  // namespace
}  // namespace nsm::dataplane
