// SPDX-License-Identifier: Apache-2.0
// Reading PEM texts, and what OpenSSL says when that fails.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/core/openssl_handles.h"

namespace nsm::webhook {

// What was tried, and what OpenSSL says of it; this thread's list of its errors is empty afterwards.
absl::Status OpensslError(absl::string_view tried);

// The first of a PEM text. INVALID_ARGUMENT: there is none.
absl::StatusOr<UniqueCertificate> ReadCertificate(const std::string& pem);
absl::StatusOr<UniqueKey> ReadKey(const std::string& pem);

}  // namespace nsm::webhook
