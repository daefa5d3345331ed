// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/cross_connects.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/core/clock.h"
#include "src/core/status_macros.h"
#include "src/dataplane/claims.h"
#include "src/dataplane/validate.h"

namespace nsm::dataplane {
namespace {

constexpr int kIndexTries = 4;
constexpr uint32_t kDefaultMtu = 1500;  // the kernel's, of a veth pair

// Lets go of the pods' namespaces at the end of a call, however it ends.
class NamespaceRelease {
 public:
  explicit NamespaceRelease(Kernel& kernel) : kernel_(kernel) {}
  NamespaceRelease(const NamespaceRelease&) = delete;
  NamespaceRelease& operator=(const NamespaceRelease&) = delete;
  ~NamespaceRelease() { kernel_.ReleaseNamespaces(); }

 private:
  Kernel& kernel_;
};

std::vector<TunnelKey> TunnelKeys(const std::vector<BuiltLeg>& legs) {
  std::vector<TunnelKey> keys;
  for (const BuiltLeg& leg : legs) {
    if (const auto* tunnel = std::get_if<Tunnel>(&leg)) keys.push_back({tunnel->remote, tunnel->vni});
  }
  return keys;
}

std::vector<TunnelKey> TunnelKeys(const Record& record) {
  return TunnelKeys(std::vector<BuiltLeg>(record.legs.begin(), record.legs.end()));
}

// One of the steps at the end of a plan, which take away what has been replaced and cannot be undone.
bool ClearsAway(const Op& op) {
  return std::holds_alternative<DropIngress>(op) || std::holds_alternative<DropEgress>(op) ||
         std::holds_alternative<DisallowAllSources>(op) || std::holds_alternative<DoomPair>(op);
}

Leg AsLeg(const BuiltLeg& leg) {
  if (const auto* tunnel = std::get_if<Tunnel>(&leg)) return *tunnel;
  const auto& built = std::get<BuiltAttachment>(leg);
  Attachment attachment;
  attachment.netns = built.netns;
  attachment.name = built.name;
  return attachment;
}

}  // namespace

absl::Status CrossConnects::Adopt() {
  NamespaceRelease release(kernel_);
  ASSIGN_OR_RETURN(std::vector<Record> records, kernel_.Records());
  for (const Record& record : records) {
    Keep(record);
    unclaimed_[record.id] = record.expiry;
    for (const TunnelKey& key : TunnelKeys(record)) {
      absl::Status status = vnis_.Acquire(record.id, key);
      if (!status.ok()) spdlog::error("adopting connection {}: {}", record.id, status.ToString());
    }
  }
  RETURN_IF_ERROR(kernel_.RemoveUnaccounted(records));
  for (const Loss& loss : FindLost()) {
    spdlog::info("adopted connection {} had lost its attachment", loss.id);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<NetnsCookie>> CrossConnects::ResolveLeg(const Leg& leg) {
  const auto* attachment = std::get_if<Attachment>(&leg);
  if (attachment == nullptr) return std::nullopt;
  ASSIGN_OR_RETURN(NetnsIdentity identity, kernel_.Identify(attachment->netns));
  if (identity.is_host && !config_.allow_host_netns) {
    return absl::PermissionDeniedError(absl::StrCat("network namespace ", attachment->netns.ToUrl(),
                                                    " is the host's or the forwarder's own"));
  }
  return identity.cookie;
}

absl::StatusOr<Desired> CrossConnects::Resolve(const CrossConnect& cross_connect) {
  Desired desired{.cross_connect = cross_connect, .cookies = {}, .unused_indexes = {}};
  // As precise as what comes back from a record.
  desired.cross_connect.expiry = absl::FromUnixNanos(absl::ToUnixNanos(cross_connect.expiry));
  desired.cross_connect.guarded |= cross_connect.payload == Payload::kIp || config_.guard_ethernet;
  ASSIGN_OR_RETURN(auto client, ResolveLeg(cross_connect.client));
  ASSIGN_OR_RETURN(auto endpoint, ResolveLeg(cross_connect.endpoint));
  desired.cookies = {client.value_or(NetnsCookie{}), endpoint.value_or(NetnsCookie{})};
  return desired;
}

Ifindex CrossConnects::UnusedIndex() {
  std::uniform_int_distribution<uint32_t> any(kFirstIndex, 2 * kFirstIndex - 1);
  while (true) {
    Ifindex index{any(random_)};
    if (!ids_.contains(index)) return index;
  }
}

absl::Status CrossConnects::AcquireVnis(const CrossConnect& cross_connect) {
  for (const Leg* leg : {&cross_connect.client, &cross_connect.endpoint}) {
    const auto* tunnel = std::get_if<Tunnel>(leg);
    if (tunnel == nullptr) continue;
    RETURN_IF_ERROR(vnis_.Acquire(cross_connect.id, {tunnel->remote, tunnel->vni}));
  }
  return absl::OkStatus();
}

absl::Status CrossConnects::Apply(const CrossConnect& cross_connect) {
  NamespaceRelease release(kernel_);
  RETURN_IF_ERROR(Validate(cross_connect, config_));
  ASSIGN_OR_RETURN(Desired desired, Resolve(cross_connect));
  if (absl::Status status = AcquireVnis(cross_connect); !status.ok()) {
    KeepRecordedVnis(cross_connect.id);
    return status;
  }
  absl::Status status;
  for (int i = 0; i < kIndexTries; ++i) {
    desired.unused_indexes = {UnusedIndex(), UnusedIndex()};
    status = Reconcile(desired);
    // A stranger's link has the index.
    if (!absl::IsAborted(status)) break;
  }
  KeepRecordedVnis(cross_connect.id);
  // To the caller ABORTED is a VNI that is taken.
  if (absl::IsAborted(status)) return absl::UnavailableError(status.message());
  RETURN_IF_ERROR(status);
  vnis_.Release(cross_connect.id);
  unclaimed_.erase(cross_connect.id);
  KeepApplied(cross_connect);
  return absl::OkStatus();
}

void CrossConnects::KeepRecordedVnis(const std::string& id) {
  auto record = records_.find(id);
  vnis_.Drop(id, record == records_.end() ? std::vector<TunnelKey>{} : TunnelKeys(record->second));
}

std::optional<CrossConnect> CrossConnects::Find(const std::string& id) const {
  auto record = records_.find(id);
  if (record == records_.end()) return std::nullopt;
  if (auto applied = applied_.find(id); applied != applied_.end()) return applied->second;
  return CrossConnect{.id = id,
                      .expiry = record->second.expiry,
                      .payload = record->second.payload,
                      .guarded = record->second.guarded,
                      .mtu = record->second.mtu,
                      .peer_answers = record->second.peer_answers,
                      .client = AsLeg(record->second.legs[0]),
                      .endpoint = AsLeg(record->second.legs[1])};
}

absl::StatusOr<std::string> CrossConnects::ClientAlias(const Record& record) {
  if (auto applied = applied_.find(record.id); applied != applied_.end()) {
    return std::get<Attachment>(applied->second.client).alias;
  }
  ASSIGN_OR_RETURN(Observed observed, kernel_.Observe(record));
  const auto& client = observed.attachments[0];
  return client.has_value() && client->pod_end.has_value() ? client->pod_end->alias : "";
}

absl::StatusOr<std::optional<std::string>> CrossConnects::FindClient(const Attachment& wanted) {
  auto place = places_.find({wanted.netns, wanted.name});
  auto client = clients_.find(wanted.alias);
  if (place == places_.end() && client == clients_.end()) return std::nullopt;
  NamespaceRelease release(kernel_);
  ASSIGN_OR_RETURN(const NetnsIdentity here, kernel_.Identify(wanted.netns));
  if (place != places_.end()) {
    const Record& record = records_.at(place->second);
    for (int i : {0, 1}) {
      const auto* built = std::get_if<BuiltAttachment>(&record.legs[i]);
      if (built == nullptr || built->cookie != here.cookie || built->name != wanted.name) continue;
      std::string alias = "an endpoint's";
      if (i == 0) {
        ASSIGN_OR_RETURN(alias, ClientAlias(record));
        if (alias == wanted.alias) return record.id;
      }
      return absl::AlreadyExistsError(absl::StrCat("interface \"", wanted.name, "\" in ",
                                                   wanted.netns.ToUrl(), " is connection ", record.id, "'s (",
                                                   alias, "), not ", wanted.alias, "'s"));
    }
  }
  if (client == clients_.end()) return std::nullopt;
  const auto& built = std::get<BuiltAttachment>(records_.at(client->second).legs[0]);
  if (built.cookie != here.cookie) {
    absl::StatusOr<NetnsIdentity> there = kernel_.Identify(built.netns);
    if (there.ok() && there->cookie == built.cookie) {
      return absl::AlreadyExistsError(absl::StrCat(
          wanted.alias, " is interface \"", built.name, "\" in ", built.netns.ToUrl(), " and cannot be \"",
          wanted.name, "\" in ", wanted.netns.ToUrl(), " as well: two clients have the same name"));
    }
  }
  return client->second;
}

absl::Status CrossConnects::Reconcile(const Desired& desired) {
  Observed observed;
  if (auto record = records_.find(desired.cross_connect.id); record != records_.end()) {
    ASSIGN_OR_RETURN(observed, kernel_.Observe(record->second));
  }
  RETURN_IF_ERROR(CheckClaims(desired, observed, ids_, kernel_));
  std::vector<Op> ops = Plan(desired, observed);
  RETURN_IF_ERROR(Run(ops));
  Remember(ops);
  return absl::OkStatus();
}

absl::Status CrossConnects::Do(const Op& op) {
  const absl::Duration begin = Elapsed();
  absl::Status status = kernel_.Do(op);
  durations_.Add(KindOf(op), Elapsed() - begin);
  return status;
}

absl::Status CrossConnects::Run(const std::vector<Op>& ops) {
  for (size_t i = 0; i < ops.size(); ++i) {
    absl::Status status = Do(ops[i]);
    if (status.ok()) continue;
    // The new state stands already, and what is left of the old is in nobody's way.
    if (ClearsAway(ops[i])) {
      spdlog::warn("{}: {}", ToString(ops[i]), status.ToString());
      continue;
    }
    Undo(ops, i);
    return status;
  }
  return absl::OkStatus();
}

void CrossConnects::Undo(const std::vector<Op>& ops, size_t done) {
  for (size_t i = done; i-- > 0;) {
    std::optional<Op> inverse = Inverse(ops[i]);
    if (!inverse.has_value()) continue;
    absl::Status status = Do(*inverse);
    if (!status.ok()) spdlog::warn("undoing \"{}\": {}", ToString(ops[i]), status.ToString());
  }
}

void CrossConnects::Remember(const std::vector<Op>& ops) {
  for (const Op& op : ops) {
    const auto* put = std::get_if<PutRecord>(&op);
    if (put == nullptr) continue;
    if (put->before.has_value()) Forget(put->before->id);
    Keep(put->record);
  }
}

void CrossConnects::Keep(const Record& record) {
  records_[record.id] = record;
  for (const BuiltLeg& leg : record.legs) {
    const auto* built = std::get_if<BuiltAttachment>(&leg);
    if (built == nullptr) continue;
    ids_[built->index] = record.id;
    places_[{built->netns, built->name}] = record.id;
  }
}

void CrossConnects::Forget(const std::string& id) {
  auto record = records_.find(id);
  if (record == records_.end()) return;
  for (const BuiltLeg& leg : record->second.legs) {
    const auto* built = std::get_if<BuiltAttachment>(&leg);
    if (built == nullptr) continue;
    ids_.erase(built->index);
    // Where a namespace was there may be another one by now.
    auto place = places_.find({built->netns, built->name});
    if (place != places_.end() && place->second == id) places_.erase(place);
  }
  records_.erase(record);
}

void CrossConnects::KeepApplied(const CrossConnect& cross_connect) {
  ForgetApplied(cross_connect.id);
  applied_[cross_connect.id] = cross_connect;
  if (const auto* client = std::get_if<Attachment>(&cross_connect.client)) {
    clients_[client->alias] = cross_connect.id;
  }
}

void CrossConnects::ForgetApplied(const std::string& id) {
  auto applied = applied_.find(id);
  if (applied == applied_.end()) return;
  if (const auto* client = std::get_if<Attachment>(&applied->second.client)) {
    auto known = clients_.find(client->alias);
    if (known != clients_.end() && known->second == id) clients_.erase(known);
  }
  applied_.erase(applied);
}

absl::Status CrossConnects::Remove(const std::string& id) {
  vnis_.Release(id);
  auto record = records_.find(id);
  if (record == records_.end()) return absl::OkStatus();
  return RemoveRecorded(Record(record->second));
}

absl::Status CrossConnects::RemoveRecorded(const Record& record) {
  NamespaceRelease release(kernel_);
  absl::Status first;
  for (const Op& op : PlanRemoval(record)) {
    absl::Status status = Do(op);
    // A pair that cannot be doomed has no traffic any more and is removed at the next start.
    if (!status.ok()) spdlog::warn("{}: {}", ToString(op), status.ToString());
    if (!std::holds_alternative<DoomPair>(op)) first.Update(status);
  }
  ForgetApplied(record.id);
  Forget(record.id);
  unclaimed_.erase(record.id);
  vnis_.Drop(record.id);
  return first;
}

std::optional<Loss> CrossConnects::LinkGone(Ifindex index) {
  auto found = ids_.find(index);
  if (found == ids_.end() || kernel_.HasHostEnd(index)) return std::nullopt;
  NamespaceRelease release(kernel_);
  const Record record = records_.at(found->second);
  const auto* client = std::get_if<BuiltAttachment>(&record.legs[0]);
  const Loss loss{.id = record.id, .of_client_pod = client != nullptr && !HasPod(*client)};
  if (IsHalfThere(record, index)) {
    ids_.erase(found);
    return loss;
  }
  // It logs what goes wrong, and there is nobody to tell.
  (void)RemoveRecorded(record);
  return loss;
}

bool CrossConnects::HasPod(const BuiltAttachment& built) {
  absl::StatusOr<NetnsIdentity> pod = kernel_.Identify(built.netns);
  return pod.ok() && pod->cookie == built.cookie;
}

bool CrossConnects::IsHalfThere(const Record& record, Ifindex gone) {
  if (!applied_.contains(record.id)) return false;
  bool is_left = false;
  for (const BuiltLeg& leg : record.legs) {
    const auto* built = std::get_if<BuiltAttachment>(&leg);
    if (built == nullptr) return false;
    if (built->index != gone) {
      is_left = kernel_.HasHostEnd(built->index);
      continue;
    }
    if (!HasPod(*built)) return false;
  }
  return is_left;
}

bool CrossConnects::Repair(Ifindex index) {
  auto found = ids_.find(HostIndex(index));
  if (found == ids_.end()) return false;
  NamespaceRelease release(kernel_);
  const std::string id = found->second;
  absl::StatusOr<bool> repaired = RepairRecorded(records_.at(id));
  if (repaired.ok()) return *repaired;
  // With its namespace gone it goes soon.
  if (absl::IsNotFound(repaired.status())) return false;
  spdlog::warn("connection {} is damaged: {}", id, repaired.status().ToString());
  return true;
}

absl::StatusOr<bool> CrossConnects::RepairRecorded(const Record& record) {
  ASSIGN_OR_RETURN(Observed observed, kernel_.Observe(record));
  std::vector<Op> ops = PlanHostEnds(record, observed);
  if (auto applied = applied_.find(record.id); applied != applied_.end()) {
    ASSIGN_OR_RETURN(Desired desired, Resolve(applied->second));
    if (IsStanding(desired, observed)) ops = Plan(desired, observed);
  }
  if (ops.empty()) return false;
  spdlog::warn("connection {} was damaged by somebody; putting back what is missing ({} steps)", record.id,
               ops.size());
  RETURN_IF_ERROR(Run(ops));
  return true;
}

std::vector<Ifindex> CrossConnects::Indexes() const {
  std::vector<Ifindex> indexes;
  for (const auto& [index, id] : ids_) indexes.push_back(index);
  return indexes;
}

std::vector<Loss> CrossConnects::FindLost() {
  std::vector<Loss> lost;
  for (Ifindex index : Indexes()) {
    if (std::optional<Loss> loss = LinkGone(index); loss.has_value()) lost.push_back(*std::move(loss));
  }
  return lost;
}

std::map<IpAddress, PeerNeeds> CrossConnects::Peers() const {
  std::map<IpAddress, PeerNeeds> peers;
  for (const auto& [id, record] : records_) {
    for (const BuiltLeg& leg : record.legs) {
      const auto* tunnel = std::get_if<Tunnel>(&leg);
      if (tunnel == nullptr) continue;
      PeerNeeds& needs = peers[tunnel->remote];
      needs.promised = std::max(needs.promised, record.mtu != 0 ? record.mtu : kDefaultMtu);
      needs.answers = needs.answers && record.peer_answers;
    }
  }
  return peers;
}

std::vector<std::string> CrossConnects::Through(const IpAddress& peer) const {
  std::vector<std::string> ids;
  for (const auto& [id, record] : records_) {
    for (const BuiltLeg& leg : record.legs) {
      const auto* tunnel = std::get_if<Tunnel>(&leg);
      if (tunnel != nullptr && tunnel->remote == peer) ids.push_back(id);
    }
  }
  return ids;
}

std::vector<std::string> CrossConnects::RemoveExpired(absl::Time now) {
  std::vector<std::string> expired;
  for (const auto& [id, expiry] : unclaimed_) {
    if (expiry <= now) expired.push_back(id);
  }
  for (const std::string& id : expired) (void)Remove(id);
  return expired;
}

}  // namespace nsm::dataplane
