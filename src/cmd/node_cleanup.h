// SPDX-License-Identifier: Apache-2.0
// Uninstalling from a cluster: a DaemonSet cleans each node, its pod there is ready when that is done.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "src/kubernetes/api.h"

namespace nsm::cmd {

struct NodeCleanup {
  bool IsComplete() const { return counted && nodes_left.empty() && clean == nodes; }
  // "2 of 3 nodes are clean; not yet: node2", for people.
  std::string ToString() const;

  bool counted = false;  // the cluster has looked at the DaemonSet and knows on which nodes it is to run
  int nodes = 0;
  int clean = 0;
  std::vector<std::string> nodes_left;  // whose pod is not ready; a node that has no pod yet is not named
};

// From the DaemonSet and its pods, as the API has them.
NodeCleanup JudgeCleanup(const kubernetes::Json& daemon_set, const std::vector<kubernetes::Json>& pods);

// How far the DaemonSet `name` is; its pods have the label app.kubernetes.io/component=NAME.
absl::StatusOr<NodeCleanup> LookAtCleanup(kubernetes::Api& api, const std::string& name_space,
                                          const std::string& name);

// Takes away the sockets in `folder`, and it, if nothing else is there. OK when it is gone or still in use by
// others' files.
absl::Status RemoveSocketFolder(const std::string& folder);

}  // namespace nsm::cmd
