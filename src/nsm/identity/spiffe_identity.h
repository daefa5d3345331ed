// SPDX-License-Identifier: Apache-2.0
// Mutual TLS by X.509-SVIDs, and tokens that are signed by their keys.
//
// A source (SvidFiles, WorkloadApi) gives the first certificate and all later ones. Servers show a new one
// within a second; their connections that are older keep what they have shown, for some minutes, and with an
// answer they show the newest (`Show`). Bundles count from the next handshake and the next call that is
// served.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "grpcpp/security/tls_certificate_provider.h"
#include "src/core/clock.h"
#include "src/core/mutex.h"
#include "src/nsm/identity/identity.h"
#include "src/nsm/identity/memory_file.h"
#include "src/nsm/identity/peer_keys.h"
#include "src/nsm/identity/peer_verifier.h"
#include "src/nsm/identity/svid.h"
#include "src/nsm/identity/token_signer.h"
#include "src/nsm/identity/trust_bundles.h"

namespace nsm {

class SpiffeIdentity final : public Identity {
 public:
  // A certificate and whom to trust. INVALID_ARGUMENT where the bundle of its own trust domain is missing.
  struct State {
    std::shared_ptr<const Svid> svid;
    std::shared_ptr<const TrustBundles> bundles;
  };
  static absl::StatusOr<std::unique_ptr<SpiffeIdentity>> Create(State first, absl::Duration token_lifetime,
                                                                const Clock& clock);
  // The next state; the one before goes on where this fails.
  absl::Status Replace(State next) EXCLUDES(mutex_);

  bool is_secure() const override { return true; }
  std::string id() const override;
  absl::Time end() const override;
  std::shared_ptr<grpc::ServerCredentials> ForServer(Peers peers) override;
  std::shared_ptr<grpc::ChannelCredentials> ForChannel(Peers peers) override;
  uint64_t generation() const override EXCLUDES(mutex_);
  void Prepare(grpc::ClientContext&) const override {}
  void Show(grpc::ServerContextBase& call) const override;
  absl::StatusOr<Token> Make(absl::string_view audience) const override;
  absl::Status CheckMaker(absl::string_view token, const Peer& peer) const override;

 private:
  using Provider = grpc::experimental::CertificateProviderInterface;
  SpiffeIdentity(State first, MemoryFile file, absl::Duration token_lifetime, const Clock& clock);
  std::shared_ptr<const TokenSigner> signer() const EXCLUDES(mutex_);
  void Take(State state) REQUIRES(mutex_);

  const absl::Duration token_lifetime_;
  const Clock& clock_;
  const std::shared_ptr<Trust> trust_;
  const std::shared_ptr<PeerKeys> keys_;  // channels' credentials may outlive this
  mutable Mutex mutex_;
  uint64_t generation_ GUARDED_BY(mutex_) = 0;
  std::shared_ptr<const TokenSigner> signer_ GUARDED_BY(mutex_);
  std::shared_ptr<Provider> channels_svid_ GUARDED_BY(mutex_);  // of this generation
  MemoryFile servers_svid_file_ GUARDED_BY(mutex_);
  const std::shared_ptr<Provider> servers_svid_;  // follows the file
};

}  // namespace nsm
