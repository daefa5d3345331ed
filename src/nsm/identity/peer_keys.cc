// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/peer_keys.h"

#include <utility>

#include "src/nsm/identity/certificates.h"

namespace nsm {
namespace {

constexpr size_t kMost = 512;

}  // namespace

absl::StatusOr<std::shared_ptr<const PeerKey>> PeerKeys::Find(const std::string& certificate_pem) {
  {
    MutexLock lock(mutex_);
    auto known = known_.find(certificate_pem);
    if (known != known_.end()) return known->second;
  }
  absl::StatusOr<Certificates> certificates = CertificatesOfPem(certificate_pem);
  if (!certificates.ok()) return absl::PermissionDeniedError("certificate: the peer has shown none");
  const X509& leaf = *certificates->front();
  auto read = std::make_shared<PeerKey>();
  read->key.reset(X509_get_pubkey(const_cast<X509*>(&leaf)));
  read->end = EndOf(leaf);
  if (read->key == nullptr) return absl::PermissionDeniedError("certificate: its key is none we know");
  MutexLock lock(mutex_);
  if (known_.size() >= kMost) known_.clear();
  known_[certificate_pem] = read;
  return read;
}

}  // namespace nsm
