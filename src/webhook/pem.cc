// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>

#include "absl/strings/str_cat.h"

namespace nsm::webhook {

absl::Status OpensslError(absl::string_view tried) {
  std::array<char, 256> text = {};
  ERR_error_string_n(ERR_peek_last_error(), text.data(), text.size());
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat(tried, ": ", text.data()));
}

absl::StatusOr<UniqueCertificate> ReadCertificate(const std::string& pem) {
  UniqueCertificate certificate(PEM_read_bio_X509(ReaderOf(pem).get(), nullptr, NoPassword, nullptr));
  if (certificate == nullptr) return OpensslError("reading a certificate");
  return certificate;
}

absl::StatusOr<UniqueKey> ReadKey(const std::string& pem) {
  UniqueKey key(PEM_read_bio_PrivateKey(ReaderOf(pem).get(), nullptr, NoPassword, nullptr));
  if (key == nullptr) return OpensslError("reading a private key");
  return key;
}

}  // namespace nsm::webhook
