// SPDX-License-Identifier: Apache-2.0
// Makes the tokens of one certificate. Source: NSM v1, sdk, pkg/tools/spiffejwt; ours say when they were
// made, too.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "src/core/clock.h"
#include "src/nsm/identity/identity.h"
#include "src/nsm/identity/svid.h"

namespace nsm {

// Thread safe.
class TokenSigner {
 public:
  // A token lives for `life`, and no longer than the certificate.
  TokenSigner(std::shared_ptr<const Svid> svid, absl::Duration life, const Clock& clock)
      : svid_(std::move(svid)), life_(life), clock_(clock) {}

  // For a peer with this SPIFFE ID whose own certificate lives until then; none: for whoever has it.
  // UNAVAILABLE where ours has ended.
  absl::StatusOr<Token> Make(absl::string_view audience,
                             absl::Time audience_end = absl::InfiniteFuture()) const;
  const Svid& svid() const { return *svid_; }

 private:
  const std::shared_ptr<const Svid> svid_;
  const absl::Duration life_;
  const Clock& clock_;
};

}  // namespace nsm
