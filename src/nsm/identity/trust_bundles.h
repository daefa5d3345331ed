// SPDX-License-Identifier: Apache-2.0
// The authorities of each trust domain that is trusted, and what is trusted by them.
//
// A certificate counts if its chain leads to an authority of the trust domain that it names, and of no other:
// what another domain's authority says of ours is worth nothing. Source: SPIFFE, "X509-SVID", section 5.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/nsm/identity/certificates.h"

namespace nsm {

// Immutable, and so thread safe.
class TrustBundles {
 public:
  // The authorities of one more trust domain.
  void Add(const std::string& trust_domain, Certificates authorities);

  // Whom a peer's certificates, the leaf first, stand for at this time. PERMISSION_DENIED says which rule
  // they break.
  absl::StatusOr<SpiffeId> Verify(const Certificates& chain) const;

  std::vector<std::string> trust_domains() const;
  // "" where there are none.
  std::string ToPem(const std::string& trust_domain) const;
  bool operator==(const TrustBundles& other) const;

 private:
  struct Bundle {
    std::shared_ptr<X509_STORE> store;
    std::string pem;
  };
  std::map<std::string, Bundle> bundles_;
};

}  // namespace nsm
