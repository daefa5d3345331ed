// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>

#include "bpf/probe.h"
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
  Outcome RunFrom(const std::string& remote, const std::string& local, uint32_t vni,
                  const Packet& packet = Ethernet{} / Ipv4{} / Icmp{}) {
    return RunAsReceived(packet, "with_tunnel_key", [&](as_received_bpf& object) {
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

class Probes : public VxlanIngress {
 protected:
  void Prepare() override {
    VxlanIngress::Prepare();
    for (const char* peer : {"192.0.2.2", "2001:db8::2"}) {
      ASSERT_TRUE(maps->peers.Put(Encode(Ip(peer)), {}).ok());
    }
  }
  static Packet Probe(uint8_t kind, uint8_t hears = 0, uint16_t type = NSM_PROBE_TYPE) {
    return Ethernet{.source = "02:00:00:00:00:01", .destination = "02:00:00:00:00:01", .type = type} /
           Raw{std::string{static_cast<char>(kind), static_cast<char>(hears), 0, 0}};
  }
  Outcome RunProbe(const Packet& probe, const std::string& remote = "192.0.2.2") {
    return RunFrom(remote, Ip(remote).is_v4() ? "192.0.2.1" : "2001:db8::1", NSM_PROBE_VNI, probe);
  }
  nsm_peer Peer(const std::string& address = "192.0.2.2") const {
    return maps->peers.Find(Encode(Ip(address))).value_or(nsm_peer{});
  }
};

TEST_F(Probes, AQuestionGoesBackAsTheAnswer) {
  for (const char* peer : {"192.0.2.2", "2001:db8::2"}) {
    EXPECT_EQ(RunProbe(Probe(NSM_PROBE_QUESTION), peer), RedirectedAs("seen_probe"));
    EXPECT_EQ(after, Probe(NSM_PROBE_ANSWER).Bytes());
    EXPECT_EQ(Peer(peer).heard, 0u) << "it may be that it does not hear us";
  }
  EXPECT_EQ(RunProbe(Probe(NSM_PROBE_QUESTION, 1)), RedirectedAs("seen_probe"));
  EXPECT_NE(Peer().heard, 0u);
  EXPECT_EQ(Peer().answered, 0u);
}

TEST_F(Probes, AnAnswerIsNoted) {
  EXPECT_EQ(RunProbe(Probe(NSM_PROBE_ANSWER)), DroppedAs("seen_probe_answer"));
  EXPECT_NE(Peer().heard, 0u);
  EXPECT_NE(Peer().answered, 0u);
  EXPECT_EQ(Peer("2001:db8::2").answered, 0u);
}

TEST_F(Probes, OnlyPeersAreAnswered) {
  EXPECT_EQ(RunProbe(Probe(NSM_PROBE_QUESTION), "192.0.2.3"), DroppedAs("drop_vxlan_unknown"));
  EXPECT_EQ(RunProbe(Probe(NSM_PROBE_ANSWER), "192.0.2.3"), DroppedAs("drop_vxlan_unknown"));
  EXPECT_EQ(RunFrom("192.0.2.2", "192.0.2.1", 78, Probe(NSM_PROBE_QUESTION)),
            DroppedAs("drop_vxlan_unknown"));
}

TEST_F(Probes, WhatIsNoProbeIsDropped) {
  const Outcome dropped = DroppedAs("drop_vxlan_probe");
  EXPECT_EQ(RunProbe(Probe(0)), dropped);
  EXPECT_EQ(RunProbe(Probe(3)), dropped);
  EXPECT_EQ(RunProbe(Probe(NSM_PROBE_QUESTION, 0, 0x88b6)), dropped);
  EXPECT_EQ(RunProbe(Ethernet{} / Ipv4{} / Icmp{}), dropped);
  EXPECT_EQ(Peer().heard, 0u);
}

}  // namespace
}  // namespace nsm::dataplane
