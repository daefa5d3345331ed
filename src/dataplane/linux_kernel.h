// SPDX-License-Identifier: Apache-2.0
// The Kernel interface on Linux: veth pairs, cls_bpf filters, pinned maps.
//
// Belongs to the namespace of the thread that makes it: threads that call it must be in the same one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/dataplane/kernel.h"
#include "src/dataplane/maps.h"
#include "src/dataplane/programs.h"
#include "src/dataplane/ways_back.h"
#include "src/netlink/link.h"
#include "src/netlink/netns.h"
#include "src/netlink/socket.h"

namespace nsm::dataplane {

// Device groups (IFLA_GROUP): host ends of one node and port. Distinct by port, because two dataplanes in one
// namespace have two ports. Only what may be deleted at any time is in the doomed group: one link that cannot
// be deleted makes the whole batch fail.
constexpr uint32_t LiveGroup(uint16_t port) { return 0x6e730000u | port; }
constexpr uint32_t DoomedGroup(uint16_t port) { return 0x6e640000u | port; }

// The programs of attachments.
struct AttachmentPrograms {
  static absl::StatusOr<AttachmentPrograms> Load(const std::string& folder);

  Program host_guard;
  Program pod_guard;
  Program arrival_guard;
};

class LinuxKernel final : public Kernel {
 public:
  // `maps` must outlive this object. `on_doomed` is called when there is something in the doomed group.
  static absl::StatusOr<std::unique_ptr<LinuxKernel>> Create(const Maps& maps, uint16_t port,
                                                             AttachmentPrograms programs,
                                                             std::function<void()> on_doomed);

  // Whether the host's namespace could be told apart from those of pods.
  bool KnowsHost() const { return !host_netns_.empty(); }

  absl::StatusOr<NetnsIdentity> Identify(const NetnsInode& netns) override;
  absl::StatusOr<Observed> Observe(const Record& record) override;
  absl::StatusOr<std::vector<PodRoute>> FindRoutes(const NetnsInode& netns, const IpPrefix& prefix) override;
  absl::Status Do(const Op& op) override;
  void ReleaseNamespaces() override { pods_.clear(); }
  absl::StatusOr<std::vector<Record>> Records() override;
  bool HasHostEnd(Ifindex index) override;
  absl::Status RemoveUnaccounted(const std::vector<Record>& records) override;

  // Replaces the programs of all attachments by those of this process, atomically each.
  absl::Status ReplacePrograms(const std::vector<Record>& records);

 private:
  // A pod's namespace during one call.
  struct Pod {
    netlink::Netns netns;
    netlink::Socket socket;
    NetnsCookie cookie;
  };

  LinuxKernel(const Maps& maps, uint16_t port, netlink::Socket socket, AttachmentPrograms programs,
              std::function<void()> on_doomed)
      : maps_(maps),
        port_(port),
        socket_(std::move(socket)),
        programs_(std::move(programs)),
        on_doomed_(std::move(on_doomed)) {}

  absl::StatusOr<Pod*> OpenPod(const NetnsInode& inode);
  // NOT_FOUND: the namespace is gone, or is another one by now.
  absl::StatusOr<Pod*> PodOf(const BuiltAttachment& attachment);
  absl::StatusOr<ObservedAttachment> ObserveAttachment(const BuiltAttachment& attachment);
  absl::StatusOr<ObservedPodEnd> ObservePodEnd(const BuiltAttachment& attachment);
  // Has the name that a link of ours has (another one may have the index by chance), and is not doomed.
  bool IsHostEnd(const netlink::Link& link) const;
  void LoadTries();

  absl::Status Run(const PutRecord& op);
  absl::Status Run(const DropRecord& op);
  absl::Status Run(const CreatePair& op);
  absl::Status Run(const DoomPair& op);
  absl::Status Run(const AttachHostGuard& op);
  absl::Status Run(const RaiseHostEnd& op);
  absl::Status Run(const SetMtu& op);
  absl::Status Run(const AttachPodGuard& op);
  absl::Status Run(const DetachPodGuard& op);
  absl::Status Run(const AttachArrivalGuard& op);
  absl::Status Run(const DetachArrivalGuard& op);
  absl::Status Run(const ConfigurePodEnd& op);
  absl::Status Run(const AddNeighbor& op);
  absl::Status Run(const RemoveNeighbor& op);
  absl::Status Run(const AddAddress& op);
  absl::Status Run(const RemoveAddress& op);
  absl::Status Run(const AddRoute& op);
  absl::Status Run(const RemoveRoute& op);
  absl::Status Run(const AllowSource& op);
  absl::Status Run(const DisallowSource& op);
  absl::Status Run(const DisallowAllSources& op);
  absl::Status Run(const AddWayBack& op);
  absl::Status Run(const RemoveWayBack& op);
  absl::Status Run(const RemoveAllWaysBack& op);
  absl::Status Run(const PutEgress& op);
  absl::Status Run(const DropEgress& op);
  absl::Status Run(const PutIngress& op);
  absl::Status Run(const DropIngress& op);
  absl::Status ReleaseName(const BuiltAttachment& attachment);
  absl::Status RemoveWaysBack(Ifindex index);
  absl::Status Write(const std::optional<WayTable::Change>& change);

  const Maps& maps_;
  const uint16_t port_;
  netlink::Socket socket_;
  AttachmentPrograms programs_;
  std::function<void()> on_doomed_;
  NetnsCookie own_cookie_;
  std::set<NetnsInode> host_netns_;
  netlink::NetnsFinder finder_;
  std::map<NetnsInode, Pod> pods_;
  // What the tries hold: they cannot be asked by attachment.
  std::map<Ifindex, std::vector<IpPrefix>> allowed_sources_;
  WayTable ways_;
};

// Of the host end of a pair; unique in the node, as the index is.
std::string HostEndName(Ifindex index);
// The setting that switches a link's IPv6 off.
std::string DisableIpv6(const std::string& link);

}  // namespace nsm::dataplane
