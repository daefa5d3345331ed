// SPDX-License-Identifier: Apache-2.0
// JSON Web Tokens that are signed by ES256 (RFC 7515, RFC 7518 section 3.4).
#pragma once

#include <openssl/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace nsm {

// `claims` is a JSON object, the key on the curve P-256. INTERNAL where OpenSSL cannot sign.
absl::StatusOr<std::string> SignJwt(absl::string_view claims, EVP_PKEY& key);

// PERMISSION_DENIED, and why, if it is not a token that was signed by the owner of this (public) key. Claims
// are not looked at.
absl::Status CheckSignature(absl::string_view jwt, EVP_PKEY& key);

}  // namespace nsm
