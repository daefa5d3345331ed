// SPDX-License-Identifier: Apache-2.0
// The contract over Linux itself.
#include "tests/harness/kernel_contract.h"

#include <array>

#include "src/bpf/skeleton.h"
#include "src/dataplane/linux_kernel.h"
#include "src/dataplane/node.h"
#include "src/netlink/link.h"
#include "tests/harness/kernel_contract_random.h"
#include "tests/harness/kernel_contract_refusals.h"
#include "tests/harness/kernel_contract_states.h"
#include "tests/harness/netns.h"

namespace nsm::dataplane {
namespace {

using testing::TestNetns;

// By Deed; "$dev" is the pod's end, or the host end for those of the last three.
constexpr std::array<const char*, kDeeds> kCommands = {
    "ip link set dev $dev down",
    "ip link set dev $dev down; ip link set dev $dev up",
    "ip -4 addr flush dev $dev; ip -6 addr flush dev $dev scope global",
    "ip -4 route flush dev $dev proto 97; ip -6 route flush dev $dev proto 97",
    "ip neigh flush dev $dev nud permanent",
    "ip addr replace 10.99.0.1/24 dev $dev",
    "ip neigh replace 10.99.0.2 lladdr 02:00:00:00:00:0b dev $dev nud permanent",
    "ip link set dev $dev mtu 1000",
    "ip link set dev $dev mtu 1300",
    "ip link set dev $dev address 02:00:00:00:00:0c",
    "ip link set dev $dev alias theirs",
    "test ! -e /proc/sys/net/ipv6/conf/$dev || sysctl -q -w net.ipv6.conf.$dev.disable_ipv6=1",
    "test ! -e /proc/sys/net/ipv6/conf/$dev || sysctl -q -w net.ipv6.conf.$dev.disable_ipv6=0",
    "tc qdisc del dev $dev clsact 2>/dev/null || true",
    "ip link set dev $dev down; ip link set dev $dev name renamed; ip link set dev renamed up",
    "ip link del dev $dev",
    "ip link set dev $dev down",
    "ip link set dev $dev mtu 1300",
    "tc qdisc del dev $dev ingress 2>/dev/null || true",
};

// The calling thread is in the node's namespace as long as this is there.
class LinuxBench final : public KernelBench {
 public:
  absl::Status Prepare() {
    config_.bpf_dir = absl::StrCat("/sys/fs/bpf/contract_", node_netns_.pid());
    config_.tunnel_ip = Address("192.0.2.1");
    bpf::RedirectLibbpfMessages();
    node_netns_.Output("ip addr add 192.0.2.1/32 dev lo");
    ASSIGN_OR_RETURN(netlink::Netns netns, netlink::Netns::Open(node_netns_.path()));
    ASSIGN_OR_RETURN(netlink::NetnsScope scope, netlink::NetnsScope::Enter(netns));
    inside_.emplace(std::move(scope));
    ASSIGN_OR_RETURN(node_, Node::Create(config_));
    ASSIGN_OR_RETURN(AttachmentPrograms programs, AttachmentPrograms::Load(MapFolder(config_)));
    ASSIGN_OR_RETURN(kernel_,
                     LinuxKernel::Create(node_->maps(), config_.vxlan_port, std::move(programs), [] {}));
    return absl::OkStatus();
  }
  ~LinuxBench() override {
    if (!inside_.has_value()) return;
    kernel_.reset();
    node_.reset();
    EXPECT_EQ(RemoveNode(config_), absl::OkStatus());
  }

  Kernel& kernel() override { return *kernel_; }
  NetnsInode Pod(int i) override { return pods_[i].inode(); }
  NetnsInode Node() override { return node_netns_.inode(); }
  void EndPod(int i) override {
    pods_[i].Kill();
    const std::string look = absl::StrCat("ip -o link show group ", LiveGroup(config_.vxlan_port));
    EXPECT_TRUE(testing::Eventually([&] { return node_netns_.Output(look).empty(); }));
  }
  void AddLink(int i, const std::string& name) override {
    pods_[i].Output(absl::StrCat("ip link add dev ", name, " type veth peer name ", name, "1"));
  }
  void AddRoute(int i, const std::string& prefix) override {
    pods_[i].Output(
        absl::StrCat("ip link show eth0 || ip link add eth0 type veth peer name eth1; "
                     "ip link set eth0 up; ip link set eth1 up; ip route add ",
                     prefix, " dev eth0"));
  }
  void Reap() override {
    auto socket = netlink::Socket::Open();
    ASSERT_TRUE(socket.ok()) << socket.status();
    EXPECT_EQ(netlink::RemoveGroup(*socket, DoomedGroup(config_.vxlan_port)), absl::OkStatus());
  }
  void Do(Deed deed, const BuiltAttachment& attachment) override {
    const bool at_host = deed >= Deed::kSetHostDown;
    const std::string device = at_host ? HostEndName(attachment.index) : attachment.name;
    const TestNetns& netns = at_host ? node_netns_ : attachment.netns == Pod(0) ? pods_[0] : pods_[1];
    netns.Output(absl::StrCat("dev=", device, "; ", kCommands[static_cast<int>(deed)]));
  }

 private:
  NodeConfig config_;
  TestNetns node_netns_;
  std::array<TestNetns, 2> pods_;
  std::optional<netlink::NetnsScope> inside_;
  std::unique_ptr<dataplane::Node> node_;
  std::unique_ptr<LinuxKernel> kernel_;
};

std::unique_ptr<KernelBench> MakeLinux() {
  if (std::string reason = testing::WhyNoPrivilege(); !reason.empty()) {
    const char* no_skip = ::getenv("NSM_NO_SKIP");
    if (no_skip != nullptr && std::string(no_skip) == "1") ADD_FAILURE() << "must not skip: " << reason;
    return nullptr;
  }
  auto bench = std::make_unique<LinuxBench>();
  absl::Status status = bench->Prepare();
  EXPECT_EQ(status, absl::OkStatus());
  if (!status.ok()) bench.reset();
  return bench;
}

INSTANTIATE_TEST_SUITE_P(Linux, KernelContract, ::testing::Values(&MakeLinux));
INSTANTIATE_TEST_SUITE_P(Linux, RandomKernelContract, ::testing::Values(&MakeLinux));

}  // namespace
}  // namespace nsm::dataplane
