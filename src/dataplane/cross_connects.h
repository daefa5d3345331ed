// SPDX-License-Identifier: Apache-2.0
// The cross-connects of a node: observes, plans, and does, over the Kernel interface.
//
// Threading: not thread safe, but for its VniAllocator; the dataplane holds its lock around every call.
#pragma once

#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/core/durations.h"
#include "src/dataplane/cross_connect.h"
#include "src/dataplane/dataplane.h"
#include "src/dataplane/kernel.h"
#include "src/dataplane/vni_allocator.h"
#include "src/dataplane/way_to_peer.h"

namespace nsm::dataplane {

class CrossConnects {
 public:
  // Both must outlive this object.
  CrossConnects(const NodeConfig& config, Kernel& kernel)
      : config_(config),
        kernel_(kernel),
        vnis_(config.vni_first, config.vni_last),
        random_(std::random_device{}()) {}

  // Takes over what the records say. One whose host end is gone is removed, as is what no record accounts
  // for.
  absl::Status Adopt();

  // As the methods of Dataplane.
  absl::Status Apply(const CrossConnect& cross_connect);
  absl::Status Remove(const std::string& id);
  std::optional<CrossConnect> Find(const std::string& id) const;
  absl::StatusOr<std::optional<std::string>> FindClient(const Attachment& wanted);

  // A link of the node is gone: removes the cross-connect that it belonged to and returns what is lost.
  // Where somebody has deleted one of two interfaces, the other stays until whoever asks again gets both.
  std::optional<Loss> LinkGone(Ifindex index);
  // As LinkGone, for all that went unnoticed.
  std::vector<Loss> FindLost();
  // An end of an attachment, that with this index, was hurt: puts back what is missing of its cross-connect;
  // of an adopted one, of which little is known, what guards the node. What is gone as a whole is left to
  // LinkGone. False: nothing was missing.
  bool Repair(Ifindex index);
  // Of all attachments.
  std::vector<Ifindex> Indexes() const;
  // Removes adopted cross-connects that nobody has asked for again by their expiry; returns their ids.
  std::vector<std::string> RemoveExpired(absl::Time now);

  // The other ends of all tunnels.
  std::map<IpAddress, PeerNeeds> Peers() const;
  // Ids of those whose tunnel ends there.
  std::vector<std::string> Through(const IpAddress& peer) const;

  // How long the steps in the kernel took, by kind.
  const Durations& durations() const { return durations_; }
  VniAllocator& vnis() { return vnis_; }
  const std::map<std::string, Record>& records() const { return records_; }

 private:
  absl::StatusOr<Desired> Resolve(const CrossConnect& cross_connect);
  absl::StatusOr<std::optional<NetnsCookie>> ResolveLeg(const Leg& leg);
  absl::Status AcquireVnis(const CrossConnect& cross_connect);
  // Frees what the tunnels of the record, if there is one, do not have.
  void KeepRecordedVnis(const std::string& id);
  absl::Status Do(const Op& op);
  absl::Status Run(const std::vector<Op>& ops);
  void Undo(const std::vector<Op>& ops, size_t done);
  absl::Status Reconcile(const Desired& desired);
  void Remember(const std::vector<Op>& ops);
  void Keep(const Record& record);
  void Forget(const std::string& id);
  void KeepApplied(const CrossConnect& cross_connect);
  void ForgetApplied(const std::string& id);
  absl::StatusOr<std::string> ClientAlias(const Record& record);
  // The namespace that the attachment was made in is there.
  bool HasPod(const BuiltAttachment& built);
  // The cross-connect has another attachment, and the pod of the one that is gone is still there.
  bool IsHalfThere(const Record& record, Ifindex gone);
  absl::StatusOr<bool> RepairRecorded(const Record& record);
  absl::Status RemoveRecorded(const Record& record);
  Ifindex UnusedIndex();

  const NodeConfig& config_;
  Kernel& kernel_;
  VniAllocator vnis_;
  Durations durations_;
  std::mt19937 random_;
  std::map<std::string, CrossConnect> applied_;  // by id: what was asked for, by this process
  std::map<std::string, Record> records_;        // by id
  std::map<Ifindex, std::string> ids_;           // by index of an attachment
  std::map<std::pair<NetnsInode, std::string>, std::string> places_;  // ids by namespace and name of one
  std::map<std::string, std::string> clients_;   // ids by alias of the client's attachment, of applied ones
  std::map<std::string, absl::Time> unclaimed_;  // adopted ones with their expiry
};

}  // namespace nsm::dataplane
