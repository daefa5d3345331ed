// SPDX-License-Identifier: Apache-2.0
// The name of a workload: "spiffe://TRUST-DOMAIN/PATH". Source: SPIFFE, "SPIFFE-ID", section 2.
#pragma once

#include <compare>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace nsm {

struct SpiffeId {
  // INVALID_ARGUMENT says which rule it breaks. A name without a path is that of a trust domain.
  static absl::StatusOr<SpiffeId> Parse(absl::string_view text);
  std::string ToString() const;

  std::string trust_domain;
  std::string path;  // with its first '/'; empty for a trust domain
  auto operator<=>(const SpiffeId&) const = default;
};

// The trust domain that "spiffe://TRUST-DOMAIN" or "TRUST-DOMAIN" names; INVALID_ARGUMENT where it is none.
absl::StatusOr<std::string> ParseTrustDomain(absl::string_view text);

}  // namespace nsm
