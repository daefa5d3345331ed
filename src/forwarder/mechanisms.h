// SPDX-License-Identifier: Apache-2.0
// The mechanisms of a forwarder in its order of preference, and how one of several is agreed on (NSM v1,
// "mechanisms").
//
// A next hop is offered all that fit, and answers with one of them. Of a caller's preferences the first that
// will do is taken, in the caller's order; those that will not are told with their reasons if none does.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "src/core/element_list.h"
#include "src/forwarder/mechanism_type.h"

namespace nsm::forwarder {

// Threading: filled before the first call, then thread safe.
class Mechanisms : public ElementList<MechanismType> {
 public:
  // Preferences for the next hop: LOCAL ones if it is on this node, else the others. If there are none, the
  // error names each and the reason.
  absl::StatusOr<std::vector<Mechanism>> Offer(const Connection& connection, bool is_on_this_node) const;
  // INTERNAL: the next hop has chosen what we do not have.
  absl::StatusOr<AgreedLeg> Agree(const Connection& answer) const;
  std::optional<Mechanism> Recall(const dataplane::CrossConnect& live) const;

  // What was chosen once stays: preferences count where the connection has no mechanism yet. If none will do,
  // the error names each and the reason. Its code is that of the first of a kind that we have; if there is
  // none, INVALID_ARGUMENT.
  absl::StatusOr<AgreedLeg> Accept(const NetworkServiceRequest& request) const;
  // By what was chosen, else by the first preference of a kind that we have.
  absl::StatusOr<std::optional<std::string>> FindLive(const NetworkServiceRequest& request) const;

  void Release(const std::string& id) const;

 private:
  // Null: we have none of that kind.
  const MechanismType* Find(const MechanismKind& kind) const;
  absl::Status NotSupported() const;
};

}  // namespace nsm::forwarder
