// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/peer_verifier.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpc/grpc_security_constants.h"
#include "src/core/status_macros.h"

namespace nsm {
namespace {

// Connections of so many certificates are known at a door; those of more are looked at again.
constexpr size_t kMostKnown = 512;

// gRPC has the leaf apart; in the chain it is at one end of a connection and not at the other.
absl::StatusOr<Certificates> Shown(grpc::string_ref leaf, grpc::string_ref chain) {
  if (leaf.empty()) return absl::PermissionDeniedError("certificate: none was shown");
  absl::StatusOr<Certificates> shown = CertificatesOfPem(std::string(leaf.data(), leaf.size()));
  if (!shown.ok())
    return absl::PermissionDeniedError(absl::StrCat("certificate: ", shown.status().message()));
  if (chain.empty()) return shown;
  absl::StatusOr<Certificates> others = CertificatesOfPem(std::string(chain.data(), chain.size()));
  if (!others.ok())
    return absl::PermissionDeniedError(absl::StrCat("certificate: ", others.status().message()));
  for (UniqueCertificate& other : *others) {
    if (X509_cmp(other.get(), shown->front().get()) != 0) shown->push_back(std::move(other));
  }
  return shown;
}

}  // namespace

absl::StatusOr<SpiffeId> VerifyPeer(const Trust::Now& trust, Peers peers, const Certificates& chain) {
  if (trust.bundles == nullptr) return absl::PermissionDeniedError("trust domain: none is trusted yet");
  ASSIGN_OR_RETURN(SpiffeId id, trust.bundles->Verify(chain));
  if (peers == Peers::kFederated || id.trust_domain == trust.own_domain) return id;
  return absl::PermissionDeniedError(absl::StrCat("trust domain: ", id.ToString(), " is not of ",
                                                  trust.own_domain, ", and none other is let in here"));
}

bool PeerVerifier::Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
                          std::function<void(grpc::Status)>, grpc::Status* status) {
  absl::Status refused;
  if (absl::StatusOr<Certificates> shown = Shown(request->peer_cert(), request->peer_cert_full_chain());
      shown.ok()) {
    refused = VerifyPeer(trust_->now(), peers_, *shown).status();
  } else {
    refused = shown.status();
  }
  if (!refused.ok()) {
    spdlog::warn("handshake refused: {}", std::string(refused.message()));
    *status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, std::string(refused.message()));
  }
  return true;  // it was done at once
}

bool CallGuard::IsKnown(const std::string& certificate, const Trust::Now& trust) {
  MutexLock lock(mutex_);
  auto known = known_.find(certificate);
  return known != known_.end() && known->second.by == trust.bundles && absl::Now() < known->second.until;
}

grpc::Status CallGuard::Process(const InputMetadata&, grpc::AuthContext* connection, OutputMetadata*,
                                OutputMetadata*) {
  const std::string leaf = Property(*connection, GRPC_X509_PEM_CERT_PROPERTY_NAME);
  const Trust::Now trust = trust_->now();
  if (IsKnown(leaf, trust)) return grpc::Status::OK;
  absl::StatusOr<Certificates> shown =
      Shown(leaf, Property(*connection, GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME));
  const absl::Status refused = shown.ok() ? VerifyPeer(trust, peers_, *shown).status() : shown.status();
  if (!refused.ok()) {
    spdlog::warn("call refused: {}", std::string(refused.message()));
    return grpc::Status(grpc::StatusCode::UNAUTHENTICATED, std::string(refused.message()));
  }
  MutexLock lock(mutex_);
  if (known_.size() >= kMostKnown) known_.clear();
  known_[leaf] = {.by = trust.bundles, .until = EndOf(*shown->front())};
  return grpc::Status::OK;
}

}  // namespace nsm
