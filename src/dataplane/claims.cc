// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/claims.h"

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/dataplane/difference.h"

namespace nsm::dataplane {
namespace {

// Each link has its own.
bool IsLinkLocal(const IpPrefix& prefix) {
  static const IpPrefix kV4 = *IpPrefix::Parse("169.254.0.0/16");
  static const IpPrefix kV6 = *IpPrefix::Parse("fe80::/10");
  return prefix == kV4 || kV6.Contains(prefix);
}

bool IsANetwork(const PodRoute& there) {
  return !CountsAsDefault(there.prefix) && !IsLinkLocal(there.prefix);
}

bool IsBeyondAnotherPeer(const PodRoute& there) { return IsOurs(there.index) && there.beyond; }

bool HasRoute(const ObservedPodEnd& there, const IpPrefix& prefix) {
  return std::any_of(there.routes.begin(), there.routes.end(),
                     [&](const Route& route) { return route.prefix == prefix; });
}

// The claims of one attachment.
class Claimant {
 public:
  Claimant(const std::string& id, const Attachment& attachment, const Owners& owners, Kernel& kernel)
      : id_(id), attachment_(attachment), owners_(owners), kernel_(kernel) {}

  absl::Status Check(const ObservedPodEnd& there) {
    for (const Route& route : attachment_.routes) {
      if (HasRoute(there, route.prefix.Masked())) continue;
      RETURN_IF_ERROR(Check(absl::StrCat("route ", route.prefix.ToString()), route.prefix,
                            [&](const PodRoute& other) { return TakesFrom(other, route); }));
    }
    for (const IpPrefix& prefix : Without(attachment_.addresses, there.addresses)) {
      const IpAddress& own = prefix.address();
      RETURN_IF_ERROR(Check(absl::StrCat("address ", own.ToString()), IpPrefix::Host(own),
                            [&](const PodRoute& other) { return TakesFrom(other, own); }));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Check(const std::string& what, const IpPrefix& prefix,
                     const std::function<bool(const PodRoute&)>& takes_from) {
    ASSIGN_OR_RETURN(std::vector<PodRoute> there, kernel_.FindRoutes(attachment_.netns, prefix));
    for (const PodRoute& other : there) {
      auto owner = owners_.find(HostIndex(other.index));
      const bool is_own = owner != owners_.end() && owner->second == id_;
      if (is_own || !takes_from(other)) continue;
      std::string whose = "another connection";
      if (!IsOurs(other.index)) whose = "the pod itself";
      if (owner != owners_.end()) whose = absl::StrCat("connection ", owner->second);
      return absl::AlreadyExistsError(absl::StrCat(what, " of connection ", id_, " (", attachment_.name,
                                                   ") would take from ", whose, ", which has ",
                                                   other.prefix.ToString(), " in this pod"));
    }
    return absl::OkStatus();
  }

  const std::string& id_;
  const Attachment& attachment_;
  const Owners& owners_;
  Kernel& kernel_;
};

}  // namespace

bool TakesFrom(const PodRoute& there, const Route& wanted) {
  const IpPrefix prefix = wanted.prefix.Masked();
  if (IsBeyondAnotherPeer(there)) {
    if (!wanted.LeadsBeyond()) return false;
    if (prefix == there.prefix) return true;
    if (CountsAsDefault(prefix) || CountsAsDefault(there.prefix)) return false;
    return prefix.Contains(there.prefix) || there.prefix.Contains(prefix);
  }
  return IsANetwork(there) && prefix != there.prefix && there.prefix.Contains(prefix);
}

bool TakesFrom(const PodRoute& there, const IpAddress& own) {
  return !IsBeyondAnotherPeer(there) && IsANetwork(there) && there.prefix.Contains(own);
}

absl::Status CheckClaims(const Desired& desired, const Observed& observed, const Owners& owners,
                         Kernel& kernel) {
  const Leg* legs[] = {&desired.cross_connect.client, &desired.cross_connect.endpoint};
  for (int i : {0, 1}) {
    const auto* attachment = std::get_if<Attachment>(legs[i]);
    if (attachment == nullptr) continue;
    ObservedPodEnd there;
    if (observed.attachments[i].has_value()) there = observed.attachments[i]->pod_end.value_or(there);
    RETURN_IF_ERROR(Claimant(desired.cross_connect.id, *attachment, owners, kernel).Check(there));
  }
  return absl::OkStatus();
}

}  // namespace nsm::dataplane
