// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/served_certificate.h"

#include <utility>

#include "src/core/status_macros.h"

namespace nsm::webhook {

absl::Status ServedCertificate::Set(const KeyPair& pair) {
  RETURN_IF_ERROR(CheckKey(pair));
  std::vector<UniqueCertificate> certificates;
  for (const std::string& pem : SplitCertificates(pair.certificate)) {
    ASSIGN_OR_RETURN(UniqueCertificate certificate, ReadCertificate(pem));
    certificates.push_back(std::move(certificate));
  }
  ASSIGN_OR_RETURN(UniqueKey key, ReadKey(pair.key));
  MutexLock lock(mutex_);
  certificates_ = std::move(certificates);
  key_ = std::move(key);
  return absl::OkStatus();
}

bool ServedCertificate::is_set() const {
  MutexLock lock(mutex_);
  return key_ != nullptr;
}

void ServedCertificate::ServeBy(SSL_CTX& context) const {
  SSL_CTX_set_cert_cb(
      &context,
      [](SSL* connection, void* us) {
        return static_cast<const ServedCertificate*>(us)->Show(connection) ? 1 : 0;
      },
      const_cast<ServedCertificate*>(this));
}

bool ServedCertificate::Show(SSL* connection) const {
  MutexLock lock(mutex_);
  if (key_ == nullptr || SSL_use_certificate(connection, certificates_.front().get()) != 1) return false;
  for (size_t i = 1; i < certificates_.size(); ++i) {
    if (SSL_add1_chain_cert(connection, certificates_[i].get()) != 1) return false;
  }
  return SSL_use_PrivateKey(connection, key_.get()) == 1;
}

}  // namespace nsm::webhook
