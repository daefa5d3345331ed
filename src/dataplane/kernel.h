// SPDX-License-Identifier: Apache-2.0
// All that cross-connects need of the kernel. LinuxKernel is the real one; tests have one in memory.
//
// Threading: calls are made one after the other, by whoever holds the dataplane's lock.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/core/ids.h"
#include "src/core/ip_address.h"
#include "src/dataplane/op.h"
#include "src/dataplane/plan.h"
#include "src/dataplane/record.h"

namespace nsm::dataplane {

struct NetnsIdentity {
  NetnsCookie cookie;
  bool is_host = false;  // this process's namespace, or that of process 1
};

// A route of a pod, whoever made it.
struct PodRoute {
  IpPrefix prefix;
  Ifindex index;        // of the link; ours have indexes of ours
  bool beyond = false;  // it leads to more than the other end of the link itself
  bool operator==(const PodRoute&) const = default;
};

class Kernel {
 public:
  virtual ~Kernel() = default;

  // NOT_FOUND: there is no such namespace.
  virtual absl::StatusOr<NetnsIdentity> Identify(const NetnsInode& netns) = 0;
  // A namespace that is gone or has changed identity is not an error: its attachments are not there.
  virtual absl::StatusOr<Observed> Observe(const Record& record) = 0;
  // The routes in the pod's namespace that contain the prefix or are in it; to a single address only the one
  // that is used.
  virtual absl::StatusOr<std::vector<PodRoute>> FindRoutes(const NetnsInode& netns,
                                                           const IpPrefix& prefix) = 0;
  // One step, made as a whole or not at all, with two exceptions: what undoes a step may find part of it
  // gone, and DoomPair does what it can. Taking away what is gone, also with its link or namespace, is fine.
  // ABORTED: a pair's index is taken, try another. NOT_FOUND: the link or the namespace is gone.
  virtual absl::Status Do(const Op& op) = 0;
  // Ends a call: the pods' namespaces that it opened are let go.
  virtual void ReleaseNamespaces() = 0;

  // What the pinned maps say.
  virtual absl::StatusOr<std::vector<Record>> Records() = 0;
  // False also for one that is doomed.
  virtual bool HasHostEnd(Ifindex index) = 0;
  // Removes links and map entries that none of the records accounts for.
  virtual absl::Status RemoveUnaccounted(const std::vector<Record>& records) = 0;
};

}  // namespace nsm::dataplane
