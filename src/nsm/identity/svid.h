// SPDX-License-Identifier: Apache-2.0
// What a program shows of itself: a certificate that names its SPIFFE ID, with its key (X.509-SVID).
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "src/core/openssl_handles.h"
#include "src/nsm/identity/spiffe_id.h"

namespace nsm {

struct Svid {
  // The leaf comes first, then those that lead to its root; the key is in PKCS#8. INVALID_ARGUMENT says what
  // is wrong: the key must be the leaf's, on the curve P-256, by which tokens are signed (ES256).
  static absl::StatusOr<std::shared_ptr<const Svid>> FromPem(const std::string& chain,
                                                             const std::string& key);
  static absl::StatusOr<std::shared_ptr<const Svid>> FromDer(absl::string_view chain, absl::string_view key);

  SpiffeId id;
  std::string chain_pem;
  std::string chain_der;
  std::string key_pem;
  UniqueKey key;
  absl::Time end;  // of the leaf
};

}  // namespace nsm
