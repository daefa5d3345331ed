// SPDX-License-Identifier: Apache-2.0
// X.509 certificates (RFC 5280) with keys of the curve P-256, all as PEM.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace nsm::webhook {

struct KeyPair {
  std::string certificate;
  std::string key;
  bool operator==(const KeyPair&) const = default;
};

struct Lifetime {
  absl::Time from;
  absl::Time to;
};

// One that signs others, under that common name.
absl::StatusOr<KeyPair> MakeAuthority(const std::string& name, const Lifetime& lifetime);
// For a server that is reached by these names: DNS names and IP addresses. INVALID_ARGUMENT: one is neither.
absl::StatusOr<KeyPair> MakeServerCertificate(const KeyPair& authority, const std::vector<std::string>& names,
                                              const Lifetime& lifetime);

// INVALID_ARGUMENT: it is no certificate.
absl::StatusOr<Lifetime> LifetimeOf(const std::string& certificate);
// INVALID_ARGUMENT: no certificate, no key, or not the certificate's key.
absl::Status CheckKey(const KeyPair& pair);
// INVALID_ARGUMENT: the authority has not signed it, or it does not have one of the names.
absl::Status CheckServerCertificate(const std::string& certificate, const std::string& authority,
                                    const std::vector<std::string>& names);
// The certificates in a text of several.
std::vector<std::string> SplitCertificates(const std::string& pem);

}  // namespace nsm::webhook
