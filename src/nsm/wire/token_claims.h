// SPDX-License-Identifier: Apache-2.0
// What a JWT says, by its claims. Signatures are not looked at.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace nsm {

// "sub": who made it. None if it is not a JWT with a subject.
std::optional<std::string> TokenSubject(absl::string_view token);

// "iat": when it was made, by its maker's clock. Ours say so, upstream's do not.
std::optional<absl::Time> TokenIssued(absl::string_view token);

// A token of NSM v1 with identities. Times are by its maker's clock.
struct TokenClaims {
  std::string subject;                // of its maker
  std::vector<std::string> audience;  // whom it is for
  absl::Time expires;
  std::optional<absl::Time> issued;
};

// INVALID_ARGUMENT says what it lacks: a subject and an expiry, and the algorithm that all such tokens are
// signed by, ES256.
absl::StatusOr<TokenClaims> ParseToken(absl::string_view token);

}  // namespace nsm
