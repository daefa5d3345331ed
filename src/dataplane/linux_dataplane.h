// SPDX-License-Identifier: Apache-2.0
// The Dataplane on Linux: one lock around the cross-connects, a thread for news from the kernel, one for what
// has to be done in time (deleting doomed links, checking guards, removing what has expired), and one that
// watches peers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "src/core/mutex.h"
#include "src/core/unique_fd.h"
#include "src/dataplane/cross_connects.h"
#include "src/dataplane/damage.h"
#include "src/dataplane/dataplane.h"
#include "src/dataplane/linux_kernel.h"
#include "src/dataplane/node.h"
#include "src/dataplane/peer_watch.h"
#include "src/netlink/network_events.h"

namespace nsm::dataplane {

class LinuxDataplane final : public Dataplane {
 public:
  static absl::StatusOr<std::unique_ptr<Dataplane>> Start(const NodeConfig& config, const Clock& clock);
  ~LinuxDataplane() override;

  absl::Status Apply(const CrossConnect& cross_connect) override EXCLUDES(mutex_);
  absl::Status Remove(const std::string& id) override EXCLUDES(mutex_);
  std::optional<CrossConnect> Find(const std::string& id) override EXCLUDES(mutex_);
  absl::StatusOr<std::optional<std::string>> FindClient(const Attachment& wanted) override EXCLUDES(mutex_);
  absl::StatusOr<Vni> ReserveVni(const std::string& id, const IpAddress& remote, bool prefer_even) override;
  void ReleaseVni(const std::string& id) override;
  absl::StatusOr<uint32_t> TunnelMtu(const IpAddress& remote) override;
  void OnAttachmentLost(std::function<void(const Loss&)> callback) override EXCLUDES(mutex_);
  void OnPeerLost(std::function<void(const IpAddress&, const std::vector<std::string>&)> callback) override
      EXCLUDES(mutex_);
  nlohmann::json Dump() override EXCLUDES(mutex_);

 private:
  LinuxDataplane(const NodeConfig& config, const Clock& clock, std::unique_ptr<Node> node);
  absl::Status Begin(AttachmentPrograms programs);

  void Watch() EXCLUDES(mutex_);
  void Handle(const netlink::NetworkEvents::News& news) EXCLUDES(mutex_);
  // False: no attachment was damaged.
  bool Repair(const Damage::Hurt& hurt) EXCLUDES(mutex_);
  void FollowPeers() EXCLUDES(mutex_, peers_mutex_);
  void ExpectPeers(const CrossConnect& cross_connect, bool is_new) EXCLUDES(peers_mutex_);
  void TellLost(const IpAddress& peer) EXCLUDES(mutex_);
  void KeepHouse() EXCLUDES(timer_mutex_);
  // False: they are still there.
  bool RemoveDoomed();
  void NoteDoomed() EXCLUDES(timer_mutex_);
  void NoteWaysChanged() EXCLUDES(timer_mutex_);
  void DumpLinks(nlohmann::json& dump);

  const NodeConfig config_;
  const Clock& clock_;
  const std::unique_ptr<Node> node_;

  Mutex mutex_;
  std::unique_ptr<LinuxKernel> kernel_ GUARDED_BY(mutex_);
  // Made by Begin, before there are other threads. Its VniAllocator is thread safe, the rest is under mutex_.
  std::unique_ptr<CrossConnects> cross_connects_;
  std::function<void(const Loss&)> on_lost_ GUARDED_BY(mutex_);
  std::function<void(const IpAddress&, const std::vector<std::string>&)> on_peer_lost_ GUARDED_BY(mutex_);

  Mutex timer_mutex_;
  CondVar timer_changed_;
  bool has_doomed_ GUARDED_BY(timer_mutex_) = false;
  bool ways_changed_ GUARDED_BY(timer_mutex_) = false;
  bool stopping_ GUARDED_BY(timer_mutex_) = false;

  std::unique_ptr<netlink::NetworkEvents> events_;  // of the watching thread
  UniqueFd stop_;                                   // an eventfd that ends the watching thread
  // Around what map "peers" is made of and its making, so that no peer goes whose connection has just come.
  Mutex peers_mutex_;

  std::thread watcher_;
  std::thread housekeeper_;
  std::unique_ptr<PeerWatch> peer_watch_;  // null: nobody looks; made by Begin
};

}  // namespace nsm::dataplane
