// SPDX-License-Identifier: Apache-2.0
// The certificate that a TLS server shows. It may change while the server runs: connections that are there
// stay, new ones see the new one.
#pragma once

#include <openssl/ssl.h>

#include <vector>

#include "absl/status/status.h"
#include "src/core/mutex.h"
#include "src/webhook/certificate.h"
#include "src/webhook/pem.h"

namespace nsm::webhook {

// Threading: thread safe.
class ServedCertificate {
 public:
  // Others after the first are its chain. INVALID_ARGUMENT: they do not fit; what was set before stays.
  absl::Status Set(const KeyPair& pair) EXCLUDES(mutex_);
  bool is_set() const EXCLUDES(mutex_);
  // From now on each new connection is shown what is set then; none fails the connection. Outlives the
  // context.
  void ServeBy(SSL_CTX& context) const;

 private:
  bool Show(SSL* connection) const EXCLUDES(mutex_);

  mutable Mutex mutex_;
  std::vector<UniqueCertificate> certificates_ GUARDED_BY(mutex_);
  UniqueKey key_ GUARDED_BY(mutex_);
};

}  // namespace nsm::webhook
