// SPDX-License-Identifier: Apache-2.0
// Who may shake hands with us, and whose calls may still come in afterwards: asked by gRPC of every
// handshake, at either end, and of every call that is served.
#pragma once

#include <functional>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "grpcpp/security/auth_metadata_processor.h"
#include "grpcpp/security/tls_certificate_verifier.h"
#include "src/core/mutex.h"
#include "src/nsm/identity/identity.h"
#include "src/nsm/identity/trust_bundles.h"

namespace nsm {

// What is trusted at this time. Thread safe.
class Trust {
 public:
  struct Now {
    std::string own_domain;
    std::shared_ptr<const TrustBundles> bundles;  // another object with each change
  };
  Now now() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return now_;
  }
  void Set(Now now) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    now_ = std::move(now);
  }

 private:
  mutable Mutex mutex_;
  Now now_ GUARDED_BY(mutex_);
};

// Whom these certificates, the leaf first, stand for. PERMISSION_DENIED names the rule that refuses them.
absl::StatusOr<SpiffeId> VerifyPeer(const Trust::Now& trust, Peers peers, const Certificates& chain);

// Logs whom it refuses: nobody else does, and a client that is refused hears no reason. Thread safe.
class PeerVerifier final : public grpc::experimental::ExternalCertificateVerifier {
 public:
  PeerVerifier(std::shared_ptr<const Trust> trust, Peers peers) : trust_(std::move(trust)), peers_(peers) {}
  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> callback, grpc::Status* status) override;
  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::shared_ptr<const Trust> trust_;  // credentials may outlive their identity
  const Peers peers_;
};

// A connection may live longer than what let it in: its calls come in as long as its certificate lives and
// its trust domain is trusted. UNAUTHENTICATED says why not. Thread safe.
class CallGuard final : public grpc::AuthMetadataProcessor {
 public:
  CallGuard(std::shared_ptr<const Trust> trust, Peers peers) : trust_(std::move(trust)), peers_(peers) {}
  bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* connection, OutputMetadata* consumed,
                       OutputMetadata* answer) override EXCLUDES(mutex_);

 private:
  // Until when a certificate counts, as long as the same is trusted.
  struct Checked {
    std::shared_ptr<const TrustBundles> by;
    absl::Time until;
  };
  bool IsKnown(const std::string& certificate, const Trust::Now& trust) EXCLUDES(mutex_);

  const std::shared_ptr<const Trust> trust_;
  const Peers peers_;
  Mutex mutex_;
  absl::flat_hash_map<std::string, Checked> known_ GUARDED_BY(mutex_);  // by the certificate, PEM
};

}  // namespace nsm
