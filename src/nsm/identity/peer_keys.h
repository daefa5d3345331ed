// SPDX-License-Identifier: Apache-2.0
// The public keys of peers by their certificates: to read one takes three times as long as to check what it
// has signed.
#pragma once

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/core/mutex.h"
#include "src/core/openssl_handles.h"

namespace nsm {

struct PeerKey {
  UniqueKey key;
  absl::Time end;  // of the certificate
};

// Thread safe. Remembers some hundreds; who has more peers than that reads some again.
class PeerKeys {
 public:
  // PERMISSION_DENIED where it is no certificate.
  absl::StatusOr<std::shared_ptr<const PeerKey>> Find(const std::string& certificate_pem) EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<const PeerKey>> known_ GUARDED_BY(mutex_);
};

}  // namespace nsm
