// SPDX-License-Identifier: Apache-2.0
// A kernel under test with what is around it: two pods, and somebody who interferes.
#pragma once

#include <memory>
#include <string>

#include "src/dataplane/kernel.h"

namespace nsm::dataplane {

// What others do to a pair: in the pod, then at its host end.
enum class Deed {
  kSetDown,
  kSetDownAndUp,
  kRemoveAddresses,
  kRemoveRoutes,
  kRemoveNeighbors,
  kAddAddress,   // 10.99.0.1/24
  kAddNeighbor,  // 10.99.0.2, permanent
  kSetSmallMtu,  // 1000
  kSetMtu,       // 1300
  kSetMac,
  kSetAlias,
  kSwitchIpv6Off,
  kSwitchIpv6On,
  kDetachGuard,
  kRename,
  kDelete,
  kSetHostDown,
  kSetHostMtu,  // 1300
  kDetachHostGuard,
};
inline constexpr int kDeeds = static_cast<int>(Deed::kDetachHostGuard) + 1;

class KernelBench {
 public:
  virtual ~KernelBench() = default;

  virtual Kernel& kernel() = 0;
  // Where the namespaces of the two pods and of the node are found.
  virtual NetnsInode Pod(int i) = 0;
  virtual NetnsInode Node() = 0;
  // Ends the namespace of a pod.
  virtual void EndPod(int i) = 0;
  // A link of somebody else's in a pod.
  virtual void AddLink(int i, const std::string& name) = 0;
  // A route of somebody else's in a pod.
  virtual void AddRoute(int i, const std::string& prefix) = 0;
  // Deletes what is doomed.
  virtual void Reap() = 0;
  // The pair is there, with this name.
  virtual void Do(Deed deed, const BuiltAttachment& attachment) = 0;
};

using MakeKernelBench = std::unique_ptr<KernelBench> (*)();

}  // namespace nsm::dataplane
