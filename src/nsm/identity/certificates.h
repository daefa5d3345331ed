// SPDX-License-Identifier: Apache-2.0
// X.509 certificates as texts and as what OpenSSL makes of them.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "src/core/openssl_handles.h"
#include "src/nsm/identity/spiffe_id.h"

namespace nsm {

using Certificates = std::vector<UniqueCertificate>;

// INVALID_ARGUMENT for what is not one certificate or more. DER ones stand one after the other.
absl::StatusOr<Certificates> CertificatesOfPem(const std::string& pem);
absl::StatusOr<Certificates> CertificatesOfDer(absl::string_view der);

std::string ToPem(const Certificates& certificates);
std::string ToDer(const Certificates& certificates);
std::string KeyToPem(const EVP_PKEY& key);

// By its NotAfter; InfinitePast where that is no time.
absl::Time EndOf(const X509& certificate);

// Whom a leaf stands for. Source: SPIFFE, "X509-SVID", sections 2, 4 and 5.2. PERMISSION_DENIED says which
// rule it breaks: exactly one URI among its names, a SPIFFE ID with a path; not an authority's.
absl::StatusOr<SpiffeId> IdOfLeaf(const X509& leaf);

}  // namespace nsm
