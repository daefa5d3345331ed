// SPDX-License-Identifier: Apache-2.0
// Owners of what OpenSSL hands out.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace nsm::webhook {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* handle) const {
    Free(handle);
  }
};

using UniqueBio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using UniqueKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using UniqueCertificate = std::unique_ptr<X509, Freed<X509_free>>;

// What was tried, and what OpenSSL says of it; this thread's list of its errors is empty afterwards.
absl::Status OpensslError(absl::string_view tried);

// The first of a PEM text. INVALID_ARGUMENT: there is none.
absl::StatusOr<UniqueCertificate> ReadCertificate(const std::string& pem);
absl::StatusOr<UniqueKey> ReadKey(const std::string& pem);

}  // namespace nsm::webhook
