// SPDX-License-Identifier: Apache-2.0
// The rules that the tokens of a path must keep, called as upstream's policies are. Source: NSM v1, sdk,
// pkg/tools/opa/policies; there is nothing else to check where there are no identities.
//
//   common/tokens_valid       each is a JWT of ES256 with a subject and an expiry; upstream asks for less
//   common/tokens_expired     none has ended, nor was made in times to come; clocks may differ
//   (kClockTolerance) common/tokens_chained     each is for whoever made the one behind it
//   server/prev_token_signed  the caller's was made by the caller, for us
//   client/next_token_signed  the next hop's, in its answer, was made by the next hop
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "src/nsm/identity/identity.h"

namespace nsm {

class Policies {
 public:
  // All.
  Policies();
  // INVALID_ARGUMENT for a name that is none of these.
  static absl::StatusOr<Policies> Of(const std::vector<std::string>& names);

  // A call of `caller`: the tokens of its path up to and with ours, which is the last. PERMISSION_DENIED
  // names the policy.
  absl::Status CheckCall(const Identity& own, const Peer& caller, const std::vector<std::string>& tokens,
                         absl::Time now) const;
  // An answer of `next`, whose token is at this place of the whole path.
  absl::Status CheckAnswer(const Identity& own, const Peer& next, const std::vector<std::string>& tokens,
                           size_t place, absl::Time now) const;

 private:
  absl::Status CheckCommon(const std::vector<std::string>& tokens, absl::Time now) const;
  absl::Status Checked(absl::string_view policy, const absl::Status& result) const;

  std::set<std::string, std::less<>> names_;
};

}  // namespace nsm
