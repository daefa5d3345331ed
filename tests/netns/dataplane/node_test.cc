// SPDX-License-Identifier: Apache-2.0
// What guards the node: forged tunnels, strangers in front of the guards, addresses that come and go.
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <net/if.h>
#include <sys/socket.h>

#include "src/bpf/map.h"
#include "src/bpf/tcx_link.h"
#include "src/core/unique_fd.h"
#include "src/dataplane/ingress_guard.h"
#include "src/dataplane/maps.h"
#include "src/dataplane/node.h"
#include "tests/harness/filters.h"
#include "tests/harness/packet.h"
#include "tests/netns/dataplane/rig.h"

namespace nsm::dataplane {
namespace {

using ::testing::HasSubstr;

class Nodes : public RigTest {
 protected:
  // VXLAN out of a plain socket of `from`, as any program there could send it.
  static void Forge(const TestNetns& from, const std::string& source, const std::string& destination,
                    uint32_t vni, size_t size = 100) {
    using namespace testing;  // NOLINT: the layers of packets
    std::vector<uint8_t> bytes = (Vxlan{.vni = vni} / Ethernet{.destination = "ff:ff:ff:ff:ff:ff"} / Arp{} /
                                  Raw{std::string(size, 'x')})
                                     .Bytes();
    from.In([&] {
      bool is_v4 = Ip(source).is_v4();
      UniqueFd fd(::socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0));
      sockaddr_storage local = Address(source, 0);
      sockaddr_storage remote = Address(destination, 4789);
      ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&local), sizeof(local)), 0);
      ASSERT_EQ(::sendto(fd.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&remote),
                         sizeof(remote)),
                static_cast<ssize_t>(bytes.size()));
    });
  }
  static sockaddr_storage Address(const std::string& text, uint16_t port) {
    sockaddr_storage storage{};
    if (Ip(text).is_v4()) {
      auto& address = reinterpret_cast<sockaddr_in&>(storage);
      address.sin_family = AF_INET;
      address.sin_port = htons(port);
      ::inet_pton(AF_INET, text.c_str(), &address.sin_addr);
    } else {
      auto& address = reinterpret_cast<sockaddr_in6&>(storage);
      address.sin6_family = AF_INET6;
      address.sin6_port = htons(port);
      ::inet_pton(AF_INET6, text.c_str(), &address.sin6_addr);
    }
    return storage;
  }
  uint32_t IndexOf(const std::string& name) const {
    uint32_t index = 0;
    west->netns.In([&] { index = ::if_nametoindex(name.c_str()); });
    return index;
  }
  std::vector<uint32_t> Programs(const std::string& device) const {
    std::vector<uint32_t> programs;
    west->netns.In([&] { programs = bpf::QueryTcx({IndexOf(device)}).value_or(std::vector<uint32_t>{}); });
    return programs;
  }
};

// Lets everything pass, and so hides what is behind it.
UniqueFd LoadPass() {
  const bpf_insn code[] = {
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
  return UniqueFd(bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "pass", "GPL", code, std::size(code), nullptr));
}

TEST_F(Nodes, ForgedTunnelsAreDroppedAndCounted) {
  StartBoth();
  TestNetns pod_west;
  TestNetns pod_east;
  ASSERT_EQ(west->Apply(WestSide(pod_west)), absl::OkStatus());
  ASSERT_EQ(east->Apply(EastSide(pod_east)), absl::OkStatus());
  ASSERT_TRUE(Pings(pod_west, "10.0.0.2"));
  east->netns.Output("ip addr add 192.0.2.3/24 dev under0; ip addr add 2001:db8::3/64 nodad dev under0");
  west->netns.Output("ip addr add 192.0.2.10/24 dev under0");
  ASSERT_TRUE(Eventually([&] { return west->Dump()["map_entries"]["own_addresses"] == 3; }));

  Forge(east->netns, "192.0.2.2", "192.0.2.1", 78);
  EXPECT_TRUE(Eventually([&] { return west->Counter("drop_underlay_unknown") == 1; })) << "wrong VNI";
  Forge(east->netns, "192.0.2.3", "192.0.2.1", 77);
  EXPECT_TRUE(Eventually([&] { return west->Counter("drop_underlay_unknown") == 2; })) << "wrong source";
  Forge(east->netns, "192.0.2.2", "192.0.2.10", 77);
  EXPECT_TRUE(Eventually([&] { return west->Counter("drop_underlay_wrong_local") == 1; }));
  // The underlay guard does not look behind a fragment header.
  Forge(east->netns, "2001:db8::3", "2001:db8::1", 77, 3000);
  EXPECT_TRUE(Eventually([&] { return west->Counter("drop_vxlan_unknown") == 1; })) << west->Dump();
  EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
}

TEST_F(Nodes, GuardsComeBackInFrontOfStrangers) {
  StartBoth();
  TestNetns pod_west;
  TestNetns pod_east;
  ASSERT_EQ(west->Apply(WestSide(pod_west)), absl::OkStatus());
  ASSERT_EQ(east->Apply(EastSide(pod_east)), absl::OkStatus());
  for (const char* device : {"under0", "nsm-vx4789"}) {
    ASSERT_EQ(Programs(device).size(), 1u) << device;
    UniqueFd pass = LoadPass();
    ASSERT_TRUE(pass.valid());
    absl::StatusOr<bpf::TcxLink> stranger = absl::UnknownError("");
    west->netns.In([&] { stranger = bpf::TcxLink::AttachFirst({IndexOf(device)}, pass.get()); });
    ASSERT_TRUE(stranger.ok()) << stranger.status();
    uint32_t program = *stranger->Program();
    EXPECT_EQ(Programs(device).front(), program);
    EXPECT_TRUE(Eventually([&] { return Programs(device).size() == 2 && Programs(device)[1] == program; }))
        << device << ": " << ::testing::PrintToString(Programs(device)) << ", the stranger is " << program;
  }
  EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
  Forge(east->netns, "192.0.2.2", "192.0.2.1", 78);
  EXPECT_TRUE(Eventually([&] { return west->Counter("drop_underlay_unknown") == 1; }));
}

TEST_F(Nodes, GuardsComeBackWhenTheyAreTakenAway) {
  StartBoth();
  std::string pin = absl::StrCat(LinkFolder(west->config), "/underlay_", IndexOf("under0"));
  UniqueFd link(bpf_obj_get(pin.c_str()));
  ASSERT_TRUE(link.valid());
  ASSERT_EQ(bpf_link_detach(link.get()), 0);
  EXPECT_TRUE(Programs("under0").empty());
  EXPECT_TRUE(Eventually([&] { return Programs("under0").size() == 1; }));
  west->netns.Output("ip link del nsm-vx4789");
  EXPECT_TRUE(Eventually([&] { return Programs("nsm-vx4789").size() == 1; }));
}

TEST_F(Nodes, WithoutTcxTheGuardIsAFilter) {
  StartBoth();
  west->Stop();
  west->netns.Output("ip link add plain type veth peer name plain0");
  std::optional<netlink::Socket> socket;
  west->netns.In([&] { socket.emplace(testing::SocketHere()); });
  const netlink::FilterPlace place{.index = {IndexOf("plain")},
                                   .handle = netlink::FilterPlace::HandleOf(4789)};
  IngressGuard guard(*socket, LinkFolder(west->config), "plain", false, place.handle,
                     [this] { return LoadUnderlayGuard(MapFolder(west->config), 4789); });
  auto program = [&] { return testing::FilterAt(place); };
  west->netns.In([&] {
    EXPECT_EQ(program(), 0u);
    ASSERT_EQ(guard.Ensure({IndexOf("plain")}), absl::OkStatus());
    uint32_t first = program();
    EXPECT_NE(first, 0u);
    guard.Check();
    EXPECT_EQ(program(), first);
    ASSERT_EQ(netlink::RemoveFilter(*socket, place), absl::OkStatus());
    guard.Check();
    EXPECT_NE(program(), 0u);
    EXPECT_EQ(guard.Remove({IndexOf("plain")}), absl::OkStatus());
    EXPECT_EQ(program(), 0u);
  });
}

TEST_F(Nodes, GuardsFollowTheAddresses) {
  StartBoth();
  TestNetns other;
  testing::Join(west->netns, "under1", other, "under1");
  EXPECT_TRUE(Programs("under1").empty());
  west->netns.Output("ip addr add 198.51.100.1/24 dev under1");
  EXPECT_TRUE(Eventually([&] { return Programs("under1").size() == 1; }));
  west->netns.Output("ip addr del 198.51.100.1/24 dev under1");
  EXPECT_TRUE(Eventually([&] { return Programs("under1").empty(); }));
  west->netns.Output("ip addr add 198.51.100.1/24 dev under1");
  EXPECT_TRUE(Eventually([&] { return Programs("under1").size() == 1; }));
  west->netns.Output("ip link del under1");
  EXPECT_TRUE(Eventually([&] { return west->Dump()["map_entries"]["own_addresses"] == 2; }));
}

TEST_F(Nodes, TheVxlanDeviceIsLocked) {
  StartBoth();
  std::string settings = west->netns.Output(
      "sysctl net.ipv4.conf.nsm-vx4789.rp_filter net.ipv4.conf.nsm-vx4789.forwarding "
      "net.ipv4.conf.nsm-vx4789.arp_ignore net.ipv6.conf.nsm-vx4789.disable_ipv6");
  EXPECT_THAT(settings, HasSubstr("rp_filter = 1"));
  EXPECT_THAT(settings, HasSubstr("forwarding = 0"));
  EXPECT_THAT(settings, HasSubstr("arp_ignore = 8"));
  EXPECT_THAT(settings, HasSubstr("disable_ipv6 = 1"));
  std::string device = west->netns.Output("ip -d link show nsm-vx4789");
  EXPECT_THAT(device, HasSubstr("external"));
  EXPECT_THAT(device, HasSubstr("nolearning"));
}

TEST_F(Nodes, AWrongDeviceIsMadeAnewAndARightOneKept) {
  west->netns.Output("ip link add nsm-vx4789 type vxlan external dstport 4789 learning");
  uint32_t wrong = IndexOf("nsm-vx4789");
  ASSERT_EQ(west->Start(), absl::OkStatus());
  uint32_t right = IndexOf("nsm-vx4789");
  EXPECT_NE(wrong, right);
  west->Stop();
  ASSERT_EQ(west->Start(), absl::OkStatus());
  EXPECT_EQ(IndexOf("nsm-vx4789"), right);
}

TEST_F(Nodes, AStartThatFailsLeavesTheDeviceThatWasThere) {
  ASSERT_EQ(west->Start(), absl::OkStatus());
  const uint32_t device = IndexOf("nsm-vx4789");
  west->Stop();
  west->netns.Output("ip link set nsm-vx4789 down");
  UniqueFd taken;
  west->netns.In([&taken] {
    taken = UniqueFd(::socket(AF_INET, SOCK_DGRAM, 0));
    const sockaddr_storage any = Address("0.0.0.0", 4789);
    ASSERT_EQ(::bind(taken.get(), reinterpret_cast<const sockaddr*>(&any), sizeof(any)), 0);
  });
  EXPECT_EQ(west->Start().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(IndexOf("nsm-vx4789"), device);
}

TEST_F(Nodes, StartTellsWhatIsWrong) {
  west->config.tunnel_ip = Ip("192.0.2.77");
  EXPECT_THAT(west->Start().message(), HasSubstr("192.0.2.77"));
  west->config.tunnel_ip = Ip("192.0.2.1");

  std::string folder = west->config.bpf_dir;
  west->config.bpf_dir = "/tmp";
  EXPECT_EQ(west->Start().code(), absl::StatusCode::kFailedPrecondition);
  west->config.bpf_dir = folder;

  west->netns.Output("ip link add foreign type vxlan external dstport 4789 && ip link set foreign up");
  absl::Status taken = west->Start();
  EXPECT_EQ(taken.code(), absl::StatusCode::kFailedPrecondition) << taken;
  EXPECT_THAT(taken.message(), HasSubstr("4789"));
  EXPECT_EQ(IndexOf("nsm-vx4789"), 0u);
  west->netns.Output(
      "ip link del foreign; ip link add foreign type vxlan id 9 remote 192.0.2.2 dstport 4789 && "
      "ip link set foreign up");
  EXPECT_EQ(west->Start().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(IndexOf("nsm-vx4789"), 0u);
  west->netns.Output("ip link del foreign");
  EXPECT_EQ(west->Start(), absl::OkStatus());
}

}  // namespace
}  // namespace nsm::dataplane
