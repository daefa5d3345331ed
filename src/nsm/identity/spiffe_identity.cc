// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/spiffe_identity.h"

#include <spdlog/spdlog.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "src/core/status_macros.h"
#include "src/nsm/identity/certificates.h"
#include "src/nsm/identity/jwt.h"
#include "src/nsm/identity/token_metadata.h"
#include "src/nsm/wire/token_claims.h"

namespace nsm {
namespace {

namespace tls = grpc::experimental;

// Names differ, or gRPC 1.51 stops telling servers of new certificates.
constexpr char kRoots[] = "roots";
constexpr char kSvid[] = "svid";
constexpr unsigned kServersLookEvery = 1;  // second

std::string KeyAndChain(const Svid& svid) { return absl::StrCat(svid.key_pem, svid.chain_pem); }

absl::Status Check(const SpiffeIdentity::State& state) {
  if (!state.bundles->ToPem(state.svid->id.trust_domain).empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("there is no bundle of our own trust domain, ", state.svid->id.trust_domain));
}

// The token of each call of a channel, made by the certificate that the channel has shown.
class CallToken final : public grpc::MetadataCredentialsPlugin {
 public:
  CallToken(std::shared_ptr<const TokenSigner> signer, std::shared_ptr<PeerKeys> keys)
      : signer_(std::move(signer)), keys_(std::move(keys)) {}
  bool IsBlocking() const override { return false; }
  grpc::Status GetMetadata(grpc::string_ref, grpc::string_ref, const grpc::AuthContext& connection,
                           std::multimap<grpc::string, grpc::string>* metadata) override {
    const Peer peer = PeerAt(connection);
    absl::StatusOr<std::shared_ptr<const PeerKey>> key = keys_->Find(peer.certificate);
    absl::StatusOr<Token> token =
        key.ok() ? signer_->Make(peer.id, (*key)->end) : absl::StatusOr<Token>(key.status());
    if (!token.ok())
      return grpc::Status(grpc::StatusCode::UNAUTHENTICATED, std::string(token.status().message()));
    for (auto& [name, value] : MetadataOf(*token)) metadata->emplace(name, value);
    return grpc::Status::OK;
  }

 private:
  const std::shared_ptr<const TokenSigner> signer_;
  const std::shared_ptr<PeerKeys> keys_;
};

absl::Status CheckMadeBy(absl::string_view token, const std::string& id, EVP_PKEY& key) {
  RETURN_IF_ERROR(CheckSignature(token, key));
  const std::optional<std::string> subject = TokenSubject(token);
  if (subject == id) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("token: it is in the name of ", subject.value_or("nobody"), ", but came from ", id));
}

}  // namespace

absl::StatusOr<std::unique_ptr<SpiffeIdentity>> SpiffeIdentity::Create(State first,
                                                                       absl::Duration token_lifetime,
                                                                       const Clock& clock) {
  RETURN_IF_ERROR(Check(first));
  ASSIGN_OR_RETURN(MemoryFile file, MemoryFile::Create(KeyAndChain(*first.svid)));
  return std::unique_ptr<SpiffeIdentity>(
      new SpiffeIdentity(std::move(first), std::move(file), token_lifetime, clock));
}

SpiffeIdentity::SpiffeIdentity(State first, MemoryFile file, absl::Duration token_lifetime,
                               const Clock& clock)
    : token_lifetime_(token_lifetime),
      clock_(clock),
      trust_(std::make_shared<Trust>()),
      keys_(std::make_shared<PeerKeys>()),
      servers_svid_file_(std::move(file)),
      servers_svid_(std::make_shared<tls::FileWatcherCertificateProvider>(
          servers_svid_file_.path(), servers_svid_file_.path(), kServersLookEvery)) {
  MutexLock lock(mutex_);
  Take(std::move(first));
}

absl::Status SpiffeIdentity::Replace(State next) {
  RETURN_IF_ERROR(Check(next));
  MutexLock lock(mutex_);
  RETURN_IF_ERROR(servers_svid_file_.Replace(KeyAndChain(*next.svid)));
  Take(std::move(next));
  return absl::OkStatus();
}

void SpiffeIdentity::Take(State state) {
  const std::string& domain = state.svid->id.trust_domain;
  trust_->Set({.own_domain = domain, .bundles = state.bundles});
  channels_svid_ = std::make_shared<tls::StaticDataCertificateProvider>(
      state.bundles->ToPem(domain),
      std::vector<tls::IdentityKeyCertPair>{
          {.private_key = state.svid->key_pem, .certificate_chain = state.svid->chain_pem}});
  signer_ = std::make_shared<TokenSigner>(std::move(state.svid), token_lifetime_, clock_);
  ++generation_;
}

std::shared_ptr<const TokenSigner> SpiffeIdentity::signer() const {
  MutexLock lock(mutex_);
  return signer_;
}

std::string SpiffeIdentity::id() const { return signer()->svid().id.ToString(); }

absl::Time SpiffeIdentity::end() const { return signer()->svid().end; }

uint64_t SpiffeIdentity::generation() const {
  MutexLock lock(mutex_);
  return generation_;
}

// Options are made anew for each credentials, which take what is in them.
std::shared_ptr<grpc::ServerCredentials> SpiffeIdentity::ForServer(Peers peers) {
  tls::TlsServerCredentialsOptions options(servers_svid_);
  options.set_root_cert_name(kRoots);
  options.set_identity_cert_name(kSvid);
  options.watch_identity_key_cert_pairs();
  // By gRPC, which would trust each authority for each trust domain. The verifier does.
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
  options.set_certificate_verifier(tls::ExternalCertificateVerifier::Create<PeerVerifier>(trust_, peers));
  std::shared_ptr<grpc::ServerCredentials> credentials = tls::TlsServerCredentials(options);
  credentials->SetAuthMetadataProcessor(std::make_shared<CallGuard>(trust_, peers));
  return credentials;
}

std::shared_ptr<grpc::ChannelCredentials> SpiffeIdentity::ForChannel(Peers peers) {
  std::shared_ptr<Provider> svid;
  std::shared_ptr<const TokenSigner> signer;
  {
    MutexLock lock(mutex_);
    svid = channels_svid_;
    signer = signer_;
  }
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(svid);
  options.set_root_cert_name(kRoots);
  options.set_identity_cert_name(kSvid);
  options.watch_root_certs();  // not asked, but without any there is no handshake
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(tls::ExternalCertificateVerifier::Create<PeerVerifier>(trust_, peers));
  return grpc::CompositeChannelCredentials(
      tls::TlsCredentials(options),
      grpc::MetadataCredentialsFromPlugin(std::make_unique<CallToken>(std::move(signer), keys_)));
}

void SpiffeIdentity::Show(grpc::ServerContextBase& call) const {
  call.AddInitialMetadata(kSvidHeader, signer()->svid().chain_der);
}

absl::StatusOr<Token> SpiffeIdentity::Make(absl::string_view audience) const {
  return signer()->Make(audience);
}

absl::Status SpiffeIdentity::CheckMaker(absl::string_view token, const Peer& peer) const {
  ASSIGN_OR_RETURN(const std::shared_ptr<const PeerKey> key, keys_->Find(peer.certificate));
  absl::Status made = CheckMadeBy(token, peer.id, *key->key);
  if (made.ok() || peer.newest.empty()) return made;
  absl::StatusOr<Certificates> newest = CertificatesOfDer(peer.newest);
  if (!newest.ok()) return absl::PermissionDeniedError(newest.status().message());
  ASSIGN_OR_RETURN(const SpiffeId id, VerifyPeer(trust_->now(), Peers::kFederated, *newest));
  if (id.ToString() != peer.id) {
    return absl::PermissionDeniedError(
        absl::StrCat("certificate: ", peer.id, " has shown one of ", id.ToString()));
  }
  const UniqueKey newest_key(X509_get_pubkey(newest->front().get()));
  return CheckMadeBy(token, peer.id, *newest_key);
}

}  // namespace nsm
