// SPDX-License-Identifier: Apache-2.0
// What a node has once, for all of its cross-connects: folder, maps, VXLAN device, guards on its underlay
// devices, and the list of its own addresses.
//
// Threading: thread safe after Create. Belongs to the namespace of the thread that makes it; threads that
// call it must be in the same one.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/core/mutex.h"
#include "src/dataplane/dataplane.h"
#include "src/dataplane/fast_path.h"
#include "src/dataplane/ingress_guard.h"
#include "src/dataplane/maps.h"
#include "src/dataplane/pinned_state.h"
#include "src/dataplane/way_to_peer.h"
#include "src/netlink/socket.h"

namespace nsm::dataplane {

class Node {
 public:
  // Adopts or makes everything. Errors as Dataplane::Start.
  static absl::StatusOr<std::unique_ptr<Node>> Create(const NodeConfig& config);
  // To be called when all programs are in place: what an older version had pinned is not needed any more.
  absl::Status LetGoOfOlderState() EXCLUDES(mutex_);

  const Maps& maps() const { return *maps_; }
  // Makes list of addresses and guards follow the node's addresses.
  absl::Status FollowAddresses() EXCLUDES(mutex_);
  // Puts back what somebody took away: guards, and the VXLAN device.
  void Check() EXCLUDES(mutex_);
  // Makes map "peers" all that there are, and follow the kernel's routes: pods are told when packets do not
  // fit any more, and the fast path leads where the kernel would send.
  void FollowPeers(const std::map<IpAddress, PeerNeeds>& peers) EXCLUDES(mutex_);
  // A new one is there at once. False: it is known.
  bool AddPeer(const IpAddress& remote, const PeerNeeds& needs) EXCLUDES(mutex_);
  // OK, or why this node has no fast path.
  const absl::Status& fast_path() const { return fast_path_; }
  absl::StatusOr<uint32_t> TunnelMtu(const IpAddress& remote) EXCLUDES(mutex_);

 private:
  Node(const NodeConfig& config, netlink::Socket socket, bool use_tcx);
  absl::Status PrepareMaps() REQUIRES(mutex_);
  absl::Status CheckTunnelAddress() REQUIRES(mutex_);
  absl::Status EnsureDevice() REQUIRES(mutex_);
  absl::Status PrepareFastPath() REQUIRES(mutex_);
  // Fills map "node".
  absl::Status DescribeNode() REQUIRES(mutex_);
  // `links`: those that were looked at for other peers, and this one.
  using Links = std::map<Ifindex, netlink::Link>;
  absl::StatusOr<WayToPeer> FindWay(const IpAddress& remote, Links& links) REQUIRES(mutex_);
  absl::Status PutPeer(const IpAddress& remote, const PeerNeeds& needs, bool may_be_fast, Links& links)
      REQUIRES(mutex_);
  // Who asks for encryption is not evaded, in neither direction.
  bool MayBeFast() const;

  const NodeConfig config_;
  const PinnedState found_;  // at the start
  std::unique_ptr<Maps> maps_;
  absl::Status fast_path_;  // as it was at the start
  SourcePorts source_ports_;
  Mutex mutex_;
  netlink::Socket socket_ GUARDED_BY(mutex_);
  IngressGuard vxlan_guard_ GUARDED_BY(mutex_);
  IngressGuard underlay_guard_ GUARDED_BY(mutex_);
  Ifindex vxlan_ GUARDED_BY(mutex_);
  uint64_t paths_until_ GUARDED_BY(mutex_) = 0;  // of map "node"
};

// Removes device, links, pins and folders of this dataplane, whatever version made them; those of another one
// stay. FAILED_PRECONDITION: the port is another dataplane's.
absl::Status RemoveNode(const NodeConfig& config);

}  // namespace nsm::dataplane
