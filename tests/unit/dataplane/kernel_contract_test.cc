// SPDX-License-Identifier: Apache-2.0
// The contract over the kernel in memory.
#include "tests/harness/kernel_contract.h"

#include "tests/harness/fake_kernel.h"
#include "tests/harness/kernel_contract_random.h"
#include "tests/harness/kernel_contract_refusals.h"
#include "tests/harness/kernel_contract_states.h"

namespace nsm::dataplane {
namespace {

class FakeBench final : public KernelBench {
 public:
  FakeBench() {
    kernel_.PutNamespace(Pod(0), {11});
    kernel_.PutNamespace(Pod(1), {12});
    kernel_.PutNamespace(Node(), {13}, true);
  }

  Kernel& kernel() override { return kernel_; }
  NetnsInode Pod(int i) override { return {4, 1001u + i}; }
  NetnsInode Node() override { return {4, 1000}; }
  void EndPod(int i) override { kernel_.RemoveNamespace(Pod(i)); }
  void AddLink(int i, const std::string& name) override {
    kernel_.links[kernel_.namespaces.at(Pod(i)).cookie].insert(name);
  }
  void AddRoute(int i, const std::string& prefix) override {
    kernel_.routes[kernel_.namespaces.at(Pod(i)).cookie].push_back(Range(prefix));
  }
  void Reap() override { kernel_.Reap(); }

  void Do(Deed deed, const BuiltAttachment& attachment) override {
    FakeKernel::Pair& pair = kernel_.state.pairs.at(attachment.index);
    switch (deed) {
      case Deed::kSetDown:
        return pair.SetUp(false);
      case Deed::kSetDownAndUp:
        pair.SetUp(false);
        return pair.SetUp(true);
      case Deed::kRemoveAddresses:
        for (const IpPrefix& prefix : std::set<IpPrefix>(pair.addresses)) {
          if (prefix != Range("fe80::77/64")) pair.RemoveAddress(prefix);
        }
        return;
      case Deed::kRemoveRoutes:
        return pair.routes.clear();
      case Deed::kRemoveNeighbors:
        return pair.neighbors.clear();
      case Deed::kAddAddress:
        return ExpectOk(pair.AddAddress(Range("10.99.0.1/24")));
      case Deed::kAddNeighbor:
        return ExpectOk(pair.AddNeighbor({Address("10.99.0.2"), kMacB}));
      case Deed::kSetSmallMtu:
        return ExpectOk(pair.SetMtu(1000));
      case Deed::kSetMtu:
        return ExpectOk(pair.SetMtu(1300));
      case Deed::kSetMac:
        return ExpectOk(pair.SetMac({{2, 0, 0, 0, 0, 0xc}}));
      case Deed::kSetAlias:
        return ExpectOk(pair.SetAlias("theirs"));
      case Deed::kSwitchIpv6Off:
        if (pair.mtu >= 1280) pair.SetIpv6(false);
        return;
      case Deed::kSwitchIpv6On:
        return pair.SetIpv6(true);
      case Deed::kDetachGuard:
        pair.guarded = pair.arrivals = false;
        return;
      case Deed::kRename:
        pair.name = "renamed";
        return;
      case Deed::kDelete:
        kernel_.state.pairs.erase(attachment.index);
        return;
      case Deed::kSetHostDown:
        pair.host_up = false;
        return;
      case Deed::kSetHostMtu:
        pair.host_mtu = 1300;
        return;
      case Deed::kDetachHostGuard:
        pair.host_guard = false;
        return;
    }
  }

 private:
  static void ExpectOk(const absl::Status& status) { EXPECT_EQ(status, absl::OkStatus()); }

  FakeKernel kernel_;
};

std::unique_ptr<KernelBench> MakeFake() { return std::make_unique<FakeBench>(); }

INSTANTIATE_TEST_SUITE_P(Fake, KernelContract, ::testing::Values(&MakeFake));
INSTANTIATE_TEST_SUITE_P(Fake, RandomKernelContract, ::testing::Values(&MakeFake));

}  // namespace
}  // namespace nsm::dataplane
