// SPDX-License-Identifier: Apache-2.0
// The addresses by which others see a cluster's nodes.
//
// A node's status lists addresses as InternalIP and ExternalIP (Kubernetes, Node v1 core, "NodeAddress").
// Each internal one stands for the first external one of its family, or for itself; external ones stand for
// themselves. Where a cloud does not tell its external addresses, the annotation kExternalAddress of the node
// does: one for each family at most, "203.0.113.1" or "203.0.113.1,2001:db8::1".
#pragma once

#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "src/core/mutex.h"
#include "src/kubernetes/api.h"
#include "src/kubernetes/reflector.h"
#include "src/nsm/config/address_map.h"

namespace nsm::kubernetes {

inline constexpr char kExternalAddress[] = "networkservicemesh.io/external-address";

struct NodeAddresses {
  AddressMap::Entries of_status;      // internal to external
  AddressMap::Entries of_annotation;  // for the families that it has
  absl::Status annotation;            // INVALID_ARGUMENT: it is not of that form, and has no effect
  bool operator==(const NodeAddresses&) const = default;
};

NodeAddresses ReadNodeAddresses(const Json& node);

// All that others may know: what annotations say wins over `of_file`, and that over what nodes' statuses say.
AddressMap::Entries Merge(const std::map<ObjectKey, NodeAddresses>& nodes,
                          const AddressMap::Entries& of_file);

// Keeps an AddressMap as the cluster's nodes are, from the first list on; before that, and while the API
// server is away, the map stays as it is. Needs to get, list and watch nodes.
//
// Threading: thread safe.
class FollowedNodes {
 public:
  FollowedNodes(Api& api, AddressMap& map, Backoff::Options backoff = {});
  void SetFile(AddressMap::Entries of_file) EXCLUDES(mutex_);
  // True once there was a list; false when there was none for so long.
  bool AwaitList(absl::Duration time) EXCLUDES(mutex_);

 private:
  void OnChanges(const std::vector<Change>& changes) EXCLUDES(mutex_);
  // True if that made a difference.
  bool Take(const Change& change) REQUIRES(mutex_);

  AddressMap& map_;
  Mutex mutex_;
  CondVar on_list_;
  bool listed_ GUARDED_BY(mutex_) = false;
  std::map<ObjectKey, NodeAddresses> nodes_ GUARDED_BY(mutex_);
  AddressMap::Entries of_file_ GUARDED_BY(mutex_);
  Reflector reflector_;  // goes first: its thread uses the rest
};

}  // namespace nsm::kubernetes
