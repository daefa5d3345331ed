// SPDX-License-Identifier: Apache-2.0
// Tokens by which hops vouch for each other (NSM v1: JWTs in path segments and call metadata).
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "src/core/clock.h"

namespace nsm {

struct Token {
  std::string text;    // JWT
  absl::Time expires;  // whole seconds
};

// Thread safe.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  virtual Token Make() const = 0;
};

// For plaintext operation: JWTs with alg "none" that name the program and say when they were made and when
// they end, so that paths, refreshes and time-outs work the same as with identities.
class InsecureTokenSource final : public TokenSource {
 public:
  InsecureTokenSource(absl::string_view name, absl::Duration lifetime, const Clock& clock);
  Token Make() const override;

 private:
  const std::string header_;   // the JWT's, as it stands in the token
  const std::string subject_;  // in JSON
  const absl::Duration lifetime_;
  const Clock& clock_;
};

}  // namespace nsm
