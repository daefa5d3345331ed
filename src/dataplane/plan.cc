// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/plan.h"

#include "src/dataplane/difference.h"
#include "src/dataplane/plan_pod_end.h"
#include "src/dataplane/ways_back.h"

namespace nsm::dataplane {
namespace {

std::vector<IpPrefix> Masked(const std::vector<IpPrefix>& prefixes) {
  std::vector<IpPrefix> masked;
  for (const IpPrefix& prefix : prefixes) masked.push_back(prefix.Masked());
  return masked;
}

TunnelKey KeyOf(const Tunnel& tunnel) { return {.remote = tunnel.remote, .vni = tunnel.vni}; }

// Whether what was built is there as a whole, and where it is wanted.
bool IsInPlace(const Attachment& wanted, NetnsCookie cookie, const BuiltAttachment& built,
               const std::optional<ObservedAttachment>& there) {
  return built.netns == wanted.netns && built.cookie == cookie && built.name == wanted.name &&
         there.has_value() && there->host_end && there->pod_end.has_value() &&
         there->pod_end->name == wanted.name;
}

// One pass over both legs; appends to ops_ in the order that Plan promises.
class Planner {
 public:
  Planner(const Desired& desired, const Observed& observed)
      : wanted_(desired.cross_connect), observed_(observed), legs_{&wanted_.client, &wanted_.endpoint} {
    for (int i : {0, 1}) ChooseLeg(desired, i);
  }

  std::vector<Op> Run() {
    PutTheRecord();
    for (int i : {0, 1}) MakeHostEnd(i);
    for (int i : {0, 1}) PlanSources(i);
    for (int i : {0, 1}) PlanWaysBack(i);
    for (int i : {0, 1}) PlanMaps(i);
    for (int i : {0, 1}) EmptyDisplaced(i);
    for (int i : {0, 1}) {
      if (const BuiltAttachment* built = Built(i)) {
        PlanPodEnd(wanted_, std::get<Attachment>(*legs_[i]), *built, kept_[i], ops_);
      }
    }
    for (int i : {0, 1}) DropDisplacedTunnel(i);
    for (int i : {0, 1}) DropDisplacedAttachment(i);
    return std::move(ops_);
  }

 private:
  // Keeps the attachment that is there if it is whole and the one that is wanted.
  void ChooseLeg(const Desired& desired, int i) {
    const auto* attachment = std::get_if<Attachment>(legs_[i]);
    if (attachment == nullptr) {
      built_[i] = std::get<Tunnel>(*legs_[i]);
      return;
    }
    const BuiltAttachment* recorded = Recorded(i);
    const auto& there = observed_.attachments[i];
    if (recorded != nullptr && IsInPlace(*attachment, desired.cookies[i], *recorded, there)) {
      kept_[i] = &*there;
      built_[i] = *recorded;
    } else {
      built_[i] = BuiltAttachment{.index = desired.unused_indexes[i],
                                  .netns = attachment->netns,
                                  .cookie = desired.cookies[i],
                                  .name = attachment->name};
    }
  }

  const BuiltAttachment* Recorded(int i) const {
    if (!observed_.record.has_value()) return nullptr;
    return std::get_if<BuiltAttachment>(&observed_.record->legs[i]);
  }
  const BuiltAttachment* Built(int i) const { return std::get_if<BuiltAttachment>(&built_[i]); }

  void PutTheRecord() {
    Record record{.id = wanted_.id,
                  .expiry = wanted_.expiry,
                  .payload = wanted_.payload,
                  .guarded = wanted_.guarded,
                  .mtu = wanted_.mtu,
                  .peer_answers = wanted_.peer_answers,
                  .legs = built_};
    if (observed_.record != record) ops_.push_back(PutRecord{record, observed_.record});
  }

  // Guarded before it is up, so that nothing of the pod gets into the node's stack.
  void MakeHostEnd(int i) {
    const BuiltAttachment* built = Built(i);
    if (built == nullptr) return;
    if (kept_[i] == nullptr)
      ops_.push_back(CreatePair{*built, wanted_.mtu, std::get<Attachment>(*legs_[i]).mac});
    if (kept_[i] == nullptr || !kept_[i]->host_guard) ops_.push_back(AttachHostGuard{built->index});
    if (kept_[i] == nullptr || !kept_[i]->host_up) ops_.push_back(RaiseHostEnd{built->index});
  }

  void PlanSources(int i) {
    const BuiltAttachment* built = Built(i);
    if (built == nullptr) return;
    std::vector<IpPrefix> wanted;
    if (wanted_.guarded) wanted = Masked(std::get<Attachment>(*legs_[i]).allowed_sources);
    std::vector<IpPrefix> present;
    if (kept_[i] != nullptr) present = kept_[i]->allowed_sources;
    for (const IpPrefix& prefix : Without(wanted, present)) {
      ops_.push_back(AllowSource{built->index, prefix});
    }
    for (const IpPrefix& prefix : Without(present, wanted)) {
      ops_.push_back(DisallowSource{built->index, prefix});
    }
  }

  void PlanWaysBack(int i) {
    const BuiltAttachment* built = Built(i);
    if (built == nullptr) return;
    const std::vector<IpPrefix> wanted = WaysBack(std::get<Attachment>(*legs_[i]));
    std::vector<IpPrefix> present;
    if (const auto& there = observed_.attachments[i]; there.has_value()) present = there->ways_back;
    if (kept_[i] == nullptr) {
      for (const IpPrefix& prefix : present) ops_.push_back(RemoveWayBack{*Recorded(i), prefix});
      present.clear();
    }
    for (const IpPrefix& prefix : Without(present, wanted)) ops_.push_back(RemoveWayBack{*built, prefix});
    for (const IpPrefix& prefix : Without(wanted, present)) ops_.push_back(AddWayBack{*built, prefix});
  }

  // What arrives can be delivered before anything is sent.
  void PlanMaps(int i) {
    if (const auto* tunnel = std::get_if<Tunnel>(&built_[i])) {
      Ingress ingress{.local = tunnel->local, .index = Built(1 - i)->index};
      std::optional<Ingress> before = IngressBefore(*tunnel, i);
      if (before != ingress) ops_.push_back(PutIngress{KeyOf(*tunnel), ingress, before});
      return;
    }
    Egress egress{.to = {}, .payload = wanted_.payload, .guarded = wanted_.guarded};
    if (const auto* tunnel = std::get_if<Tunnel>(&built_[1 - i])) {
      egress.to = *tunnel;
    } else {
      egress.to = Built(1 - i)->index;
    }
    std::optional<Egress> before;
    if (kept_[i] != nullptr) before = kept_[i]->egress;
    if (before != egress) ops_.push_back(PutEgress{Built(i)->index, egress, before});
  }

  std::optional<Ingress> IngressBefore(const Tunnel& tunnel, int i) const {
    if (!observed_.record.has_value()) return std::nullopt;
    const auto* recorded = std::get_if<Tunnel>(&observed_.record->legs[i]);
    if (recorded == nullptr || KeyOf(*recorded) != KeyOf(tunnel)) return std::nullopt;
    return observed_.ingress[i];
  }

  void EmptyDisplaced(int i) {
    const BuiltAttachment* recorded = Recorded(i);
    const BuiltAttachment* built = Built(i);
    if (recorded == nullptr || built == nullptr || kept_[i] != nullptr) return;
    const auto& there = observed_.attachments[i];
    if (recorded->cookie != built->cookie || !there.has_value() || !there->pod_end.has_value()) return;
    PlanEmptying(*recorded, *there->pod_end, ops_);
  }

  void DropDisplacedTunnel(int i) {
    if (!observed_.record.has_value()) return;
    const auto* recorded = std::get_if<Tunnel>(&observed_.record->legs[i]);
    if (recorded == nullptr) return;
    for (const BuiltLeg& leg : built_) {
      const auto* tunnel = std::get_if<Tunnel>(&leg);
      if (tunnel != nullptr && KeyOf(*tunnel) == KeyOf(*recorded)) return;
    }
    ops_.push_back(DropIngress{KeyOf(*recorded)});
  }

  void DropDisplacedAttachment(int i) {
    const BuiltAttachment* recorded = Recorded(i);
    if (recorded == nullptr || kept_[i] != nullptr) return;
    ops_.push_back(DropEgress{recorded->index});
    ops_.push_back(DisallowAllSources{recorded->index});
    ops_.push_back(DoomPair{*recorded});
  }

  const CrossConnect& wanted_;
  const Observed& observed_;
  const std::array<const Leg*, 2> legs_;
  std::array<BuiltLeg, 2> built_;
  std::array<const ObservedAttachment*, 2> kept_{};
  std::vector<Op> ops_;
};

}  // namespace

std::vector<Op> Plan(const Desired& desired, const Observed& observed) {
  return Planner(desired, observed).Run();
}

bool IsStanding(const Desired& desired, const Observed& observed) {
  if (!observed.record.has_value()) return false;
  const Leg* legs[] = {&desired.cross_connect.client, &desired.cross_connect.endpoint};
  for (int i : {0, 1}) {
    const auto* wanted = std::get_if<Attachment>(legs[i]);
    if (wanted == nullptr) continue;
    const auto* built = std::get_if<BuiltAttachment>(&observed.record->legs[i]);
    if (built == nullptr || !IsInPlace(*wanted, desired.cookies[i], *built, observed.attachments[i])) {
      return false;
    }
  }
  return true;
}

std::vector<Op> PlanHostEnds(const Record& record, const Observed& observed) {
  std::vector<Op> ops;
  for (int i : {0, 1}) {
    const auto* built = std::get_if<BuiltAttachment>(&record.legs[i]);
    const auto& there = observed.attachments[i];
    if (built == nullptr || !there.has_value() || !there->host_end) continue;
    if (!there->host_guard) ops.push_back(AttachHostGuard{built->index});
    if (!there->host_up) ops.push_back(RaiseHostEnd{built->index});
  }
  return ops;
}

std::vector<Op> PlanRemoval(const Record& record) {
  std::vector<Op> ops;
  for (const BuiltLeg& leg : record.legs) {
    if (const auto* tunnel = std::get_if<Tunnel>(&leg)) ops.push_back(DropIngress{KeyOf(*tunnel)});
    if (const auto* built = std::get_if<BuiltAttachment>(&leg)) ops.push_back(DropEgress{built->index});
  }
  for (const BuiltLeg& leg : record.legs) {
    const auto* built = std::get_if<BuiltAttachment>(&leg);
    if (built == nullptr) continue;
    ops.push_back(DisallowAllSources{built->index});
    ops.push_back(RemoveAllWaysBack{built->index});
    ops.push_back(DoomPair{*built});
  }
  ops.push_back(DropRecord{record.id});
  return ops;
}

}  // namespace nsm::dataplane
