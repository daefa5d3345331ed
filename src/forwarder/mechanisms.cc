// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/mechanisms.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/core/status_macros.h"

namespace nsm::forwarder {
namespace {

// An error travels in metadata, and through many hops.
constexpr size_t kMostReasons = 8;
constexpr size_t kLongestReason = 256;

// Why none of several mechanisms will do.
class Refusals {
 public:
  // The first that `counts` gives the code.
  void Add(const MechanismKind& kind, const absl::Status& why, bool counts) {
    std::string reason = absl::StrCat(kind.ToString(), ": ", why.message()).substr(0, kLongestReason);
    if (counts && !code_) code_ = why.code();
    if (std::find(reasons_.begin(), reasons_.end(), reason) == reasons_.end()) {
      reasons_.push_back(std::move(reason));
    }
  }
  absl::Status ToStatus(absl::string_view of_several) const {
    const absl::StatusCode code = code_.value_or(absl::StatusCode::kInvalidArgument);
    if (reasons_.size() == 1) return {code, absl::StrCat("mechanism ", reasons_.front())};
    const auto told = static_cast<std::ptrdiff_t>(std::min(reasons_.size(), kMostReasons));
    std::string text = absl::StrCat(of_several, reasons_.empty() ? "" : ": ",
                                    absl::StrJoin(reasons_.begin(), reasons_.begin() + told, "; "));
    if (reasons_.size() > kMostReasons) {
      absl::StrAppend(&text, "; and ", reasons_.size() - kMostReasons, " more");
    }
    return {code, text};
  }

 private:
  std::optional<absl::StatusCode> code_;
  std::vector<std::string> reasons_;
};

// What was chosen, else what may be.
std::vector<const Mechanism*> Candidates(const NetworkServiceRequest& request) {
  const Mechanism& chosen = request.connection().mechanism();
  if (!chosen.type().empty()) return {&chosen};
  std::vector<const Mechanism*> candidates;
  for (const Mechanism& offered : request.mechanism_preferences()) candidates.push_back(&offered);
  return candidates;
}

}  // namespace

absl::StatusOr<std::vector<Mechanism>> Mechanisms::Offer(const Connection& connection,
                                                         bool is_on_this_node) const {
  std::vector<Mechanism> offers;
  Refusals refusals;
  for (const auto& type : *this) {
    if (type->kind().is_local() != is_on_this_node) continue;
    absl::StatusOr<Mechanism> offer = type->Offer(connection);
    if (offer.ok()) {
      offers.push_back(*std::move(offer));
    } else {
      refusals.Add(type->kind(), offer.status(), /*counts=*/true);
    }
  }
  if (offers.empty()) return refusals.ToStatus("none of this forwarder's mechanisms can be offered");
  return offers;
}

absl::StatusOr<AgreedLeg> Mechanisms::Agree(const Connection& answer) const {
  const MechanismKind kind = KindOf(answer.mechanism());
  const MechanismType* type = Find(kind);
  if (type == nullptr) {
    return absl::InternalError(
        absl::StrCat("the next hop chose mechanism ", kind.ToString(), ", which was not offered"));
  }
  absl::StatusOr<AgreedLeg> agreed = type->Agree(answer);
  if (agreed.ok()) return agreed;
  return absl::Status(agreed.status().code(), absl::StrCat("the next hop chose mechanism ", kind.ToString(),
                                                           ": ", agreed.status().message()));
}

std::optional<Mechanism> Mechanisms::Recall(const dataplane::CrossConnect& live) const {
  for (const auto& type : *this) {
    if (std::optional<Mechanism> recalled = type->Recall(live)) return recalled;
  }
  return std::nullopt;
}

absl::StatusOr<AgreedLeg> Mechanisms::Accept(const NetworkServiceRequest& request) const {
  const std::vector<const Mechanism*> candidates = Candidates(request);
  if (candidates.empty()) {
    return absl::InvalidArgumentError("the request offers no mechanism: mechanism_preferences is empty");
  }
  Refusals refusals;
  for (const Mechanism* candidate : candidates) {
    const MechanismKind kind = KindOf(*candidate);
    const MechanismType* type = Find(kind);
    if (type == nullptr) {
      refusals.Add(kind, NotSupported(), /*counts=*/false);
      continue;
    }
    absl::StatusOr<AgreedLeg> accepted = type->Accept(request.connection(), *candidate);
    if (accepted.ok()) return accepted;
    refusals.Add(kind, accepted.status(), /*counts=*/true);
  }
  return refusals.ToStatus("none of the mechanisms offered will do");
}

absl::StatusOr<std::optional<std::string>> Mechanisms::FindLive(const NetworkServiceRequest& request) const {
  for (const Mechanism* candidate : Candidates(request)) {
    const MechanismType* type = Find(KindOf(*candidate));
    if (type != nullptr) return type->FindLive(request.connection(), *candidate);
  }
  return std::nullopt;
}

void Mechanisms::Release(const std::string& id) const {
  for (const auto& type : *this) type->Release(id);
}

const MechanismType* Mechanisms::Find(const MechanismKind& kind) const {
  for (const auto& type : *this) {
    if (type->kind() == kind) return type.get();
  }
  return nullptr;
}

absl::Status Mechanisms::NotSupported() const {
  return absl::InvalidArgumentError(absl::StrCat(
      "not supported; this forwarder has ",
      absl::StrJoin(*this, ", ",
                    [](std::string* out, const auto& type) { out->append(type->kind().ToString()); })));
}

}  // namespace nsm::forwarder
