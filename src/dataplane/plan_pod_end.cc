// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/plan_pod_end.h"

#include <algorithm>

#include "src/dataplane/difference.h"
#include "src/dataplane/ways_back.h"

namespace nsm::dataplane {
namespace {

using Family = IpAddress::Family;

bool IsOf(Family family, const IpPrefix& prefix) { return prefix.address().family() == family; }
bool IsOf(Family family, const Route& route) { return IsOf(family, route.prefix); }
bool IsOf(Family family, const Neighbor& neighbor) { return neighbor.address.family() == family; }

template <class T>
bool HasAny(Family family, const std::vector<T>& list) {
  return std::any_of(list.begin(), list.end(), [family](const T& value) { return IsOf(family, value); });
}

// Whether the one cannot be taken away or added without the other: IPv4 addresses of one subnet, of which the
// first is the primary one, and an IPv6 address with another length.
bool HangTogether(const IpPrefix& a, const IpPrefix& b) {
  return a.address().is_v4() ? a.Masked() == b.Masked() : a.address() == b.address();
}

bool HangsTogetherWithAny(const IpPrefix& prefix, const std::vector<IpPrefix>& others) {
  return std::any_of(others.begin(), others.end(),
                     [&](const IpPrefix& other) { return HangTogether(prefix, other); });
}

std::vector<IpPrefix> WantedAddresses(const Attachment& attachment) {
  return LastOfEach(attachment.addresses, [](const IpPrefix& a, const IpPrefix& b) {
    return a == b || (!a.address().is_v4() && a.address() == b.address());
  });
}

std::vector<Route> WantedRoutes(const Attachment& attachment) {
  std::vector<Route> routes = attachment.routes;
  for (Route& route : routes) route.prefix = route.prefix.Masked();
  return LastOfEach(routes, [](const Route& a, const Route& b) { return a.prefix == b.prefix; });
}

// A step of the kind Remove for each of the family, which is in `list` no more.
template <class Remove, class T>
void Take(const BuiltAttachment& built, Family family, std::vector<T>& list, std::vector<Op>& ops) {
  std::erase_if(list, [&](const T& value) {
    if (!IsOf(family, value)) return false;
    ops.push_back(Remove{built, value});
    return true;
  });
}

class PodEndPlanner {
 public:
  PodEndPlanner(const CrossConnect& wanted, const Attachment& attachment, const BuiltAttachment& built,
                const ObservedAttachment* kept, std::vector<Op>& ops)
      : wanted_(wanted), attachment_(attachment), built_(built), kept_(kept), ops_(ops) {
    if (kept != nullptr) left_ = *kept->pod_end;
    if (kept == nullptr && attachment.mac.has_value()) left_.mac = *attachment.mac;
  }

  void Run() {
    PlanGuards();
    PlanMtu();
    PlanSettings();
    PlanAddresses();
    PlanNeighbors();
    PlanRoutes();
  }

 private:
  void PlanGuards() {
    if (wanted_.guarded && !left_.guarded) ops_.push_back(AttachPodGuard{built_});
    if (!wanted_.guarded && left_.guarded) ops_.push_back(DetachPodGuard{built_});
    const bool judged = wanted_.guarded && NeedsArrivalGuard(attachment_);
    if (judged && !left_.arrivals) ops_.push_back(AttachArrivalGuard{built_});
    if (!judged && left_.arrivals) ops_.push_back(DetachArrivalGuard{built_});
  }

  // A new pair is made with it.
  void PlanMtu() {
    if (kept_ == nullptr || wanted_.mtu == 0) return;
    if (left_.mtu == wanted_.mtu && kept_->host_mtu == wanted_.mtu) return;
    if (wanted_.mtu < kLeastIpv6Mtu) {
      TakeRoutesAndNeighbors(Family::kV6);
      TakeAddresses(Family::kV6);
    }
    ops_.push_back(SetMtu{built_, wanted_.mtu, left_.mtu});
    ipv6_begins_ = left_.mtu < kLeastIpv6Mtu && wanted_.mtu >= kLeastIpv6Mtu;
  }

  bool HasOtherMac() const {
    if (!attachment_.mac.has_value() || *attachment_.mac == left_.mac) return false;
    return !attachment_.keeps_first_mac || kept_->host_mac == *attachment_.mac;
  }

  void PlanSettings() {
    const bool other_mac = HasOtherMac();
    // Where only negotiated sources may send, the kernel's own link-local address is of no use, and what it
    // announces would go through the tunnel. Later the pod decides, unless IPv6 is needed.
    const bool is_new = kept_ == nullptr || ipv6_begins_;
    const bool is_on = is_new ? wanted_.payload != Payload::kIp : !left_.ipv6_off;
    speaks_ipv6_ = is_on || SpeaksIpv6(attachment_);
    const bool is_fine = left_.up && !other_mac && left_.alias == attachment_.alias && !ipv6_begins_;
    if (is_fine && speaks_ipv6_ == is_on) return;
    PodSettings settings{.alias = attachment_.alias, .mac = std::nullopt, .ipv6 = speaks_ipv6_};
    std::optional<PodSettings> before;
    if (kept_ != nullptr) before = {.alias = left_.alias, .mac = std::nullopt, .ipv6 = !left_.ipv6_off};
    if (other_mac) {
      TakeNeighbors(Family::kV4);
      TakeNeighbors(Family::kV6);
      settings.mac = attachment_.mac;
      if (before.has_value()) before->mac = left_.mac;
    }
    ops_.push_back(ConfigurePodEnd{built_, settings, before});
  }

  void PlanAddresses() {
    const std::vector<IpPrefix> wanted = WantedAddresses(attachment_);
    const std::vector<IpPrefix> unwanted = Without(left_.addresses, wanted);
    std::vector<IpPrefix> going;
    for (const IpPrefix& present : left_.addresses) {
      if (HangsTogetherWithAny(present, unwanted)) going.push_back(present);
    }
    const std::vector<IpPrefix> staying = Without(left_.addresses, going);
    std::vector<IpPrefix> first;
    std::vector<IpPrefix> after;
    for (const IpPrefix& missing : Without(wanted, staying)) {
      (HangsTogetherWithAny(missing, going) ? after : first).push_back(missing);
    }
    // Undoing may take the last one away, too.
    const bool is_first = !HasAny(Family::kV4, left_.addresses) && HasAny(Family::kV4, first);
    const bool is_last =
        HasAny(Family::kV4, going) && !HasAny(Family::kV4, staying) && !HasAny(Family::kV4, first);
    if (is_first || is_last) TakeRoutesAndNeighbors(Family::kV4);
    for (const IpPrefix& prefix : first) ops_.push_back(AddAddress{built_, prefix});
    for (const IpPrefix& prefix : going) ops_.push_back(RemoveAddress{built_, prefix});
    for (const IpPrefix& prefix : after) ops_.push_back(AddAddress{built_, prefix});
  }

  // Removed first: another MAC address of the same neighbour replaces the one that is there.
  void PlanNeighbors() {
    std::vector<Neighbor> wanted = LastOfEach(
        attachment_.neighbors, [](const Neighbor& a, const Neighbor& b) { return a.address == b.address; });
    // The kernel takes none of a family that the link does not speak.
    if (!speaks_ipv6_) std::erase_if(wanted, [](const Neighbor& n) { return IsOf(Family::kV6, n); });
    for (const Neighbor& neighbor : Without(left_.neighbors, wanted)) {
      ops_.push_back(RemoveNeighbor{built_, neighbor});
    }
    for (const Neighbor& neighbor : Without(wanted, left_.neighbors)) {
      ops_.push_back(AddNeighbor{built_, neighbor});
    }
  }

  // Removed first: while it is there the new one would be second.
  void PlanRoutes() {
    const std::vector<Route> wanted = WantedRoutes(attachment_);
    for (const Route& route : Without(left_.routes, wanted)) ops_.push_back(RemoveRoute{built_, route});
    for (const Route& route : Without(wanted, left_.routes)) ops_.push_back(AddRoute{built_, route});
  }

  void TakeNeighbors(Family family) { Take<RemoveNeighbor>(built_, family, left_.neighbors, ops_); }
  void TakeAddresses(Family family) { Take<RemoveAddress>(built_, family, left_.addresses, ops_); }
  void TakeRoutesAndNeighbors(Family family) {
    Take<RemoveRoute>(built_, family, left_.routes, ops_);
    TakeNeighbors(family);
  }

  const CrossConnect& wanted_;
  const Attachment& attachment_;
  const BuiltAttachment& built_;
  const ObservedAttachment* const kept_;
  std::vector<Op>& ops_;
  ObservedPodEnd left_;       // what is still there after the steps so far
  bool ipv6_begins_ = false;  // the MTU was too small for it
  bool speaks_ipv6_ = false;  // after the steps so far
};

}  // namespace

bool SpeaksIpv6(const Attachment& attachment) {
  return HasAny(Family::kV6, attachment.addresses) || HasAny(Family::kV6, attachment.routes);
}

void PlanEmptying(const BuiltAttachment& built, const ObservedPodEnd& there, std::vector<Op>& ops) {
  ObservedPodEnd left = there;
  for (Family family : {Family::kV4, Family::kV6}) {
    Take<RemoveRoute>(built, family, left.routes, ops);
    Take<RemoveNeighbor>(built, family, left.neighbors, ops);
    Take<RemoveAddress>(built, family, left.addresses, ops);
  }
}

void PlanPodEnd(const CrossConnect& wanted, const Attachment& attachment, const BuiltAttachment& built,
                const ObservedAttachment* kept, std::vector<Op>& ops) {
  PodEndPlanner(wanted, attachment, built, kept, ops).Run();
}

}  // namespace nsm::dataplane
