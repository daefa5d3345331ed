// SPDX-License-Identifier: Apache-2.0
// Who a program is to others, and they to it: the seam between plaintext and mutual TLS. Servers and channels
// get their credentials from it, calls and paths their tokens, and what a peer has signed is checked by it.
//
// Certificates change while a program runs. A channel keeps the one that it was made with, for its handshakes
// and for the tokens of its calls, which the other end compares with what it was shown; who wants to show the
// newest makes a new channel (`generation`). Servers show the newest by themselves.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpcpp/client_context.h"
#include "grpcpp/security/auth_context.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_context.h"

namespace nsm {

// By which hops vouch for each other, in path segments and metadata (NSM v1). Source: sdk, spiffejwt.
struct Token {
  std::string text;    // JWT
  absl::Time expires;  // whole seconds
};

// Of which trust domains the other end of a connection may be.
enum class Peers {
  kOwnDomain,  // ours
  kFederated,  // any whose bundle we have
};

// Who is at the other end of a connection, as its handshake has shown. Empty in plaintext.
struct Peer {
  std::string id;           // SPIFFE ID
  std::string certificate;  // of its handshake: the leaf, PEM
  // What it has shown with its answer, if anything: the certificates, DER, of the key that it signs with now,
  // as a connection may be older than that. Not checked yet.
  std::string newest;
};

// Who called, or, when its answer has come, who was called.
Peer PeerOf(const grpc::ServerContextBase& call);
Peer PeerOf(const grpc::ClientContext& call);
Peer PeerAt(const grpc::AuthContext& connection);
// One of the properties that gRPC has of it; "" where there is none.
std::string Property(const grpc::AuthContext& connection, const char* name);

// Thread safe. Outlives servers, channels and calls.
class Identity {
 public:
  virtual ~Identity() = default;
  // Whether peers have identities, too: tokens are signed, and policies are kept.
  virtual bool is_secure() const = 0;
  // Our own SPIFFE ID, or "insecure:NAME".
  virtual std::string id() const = 0;
  // When our certificate ends, if there is no other before.
  virtual absl::Time end() const = 0;

  virtual std::shared_ptr<grpc::ServerCredentials> ForServer(Peers peers) = 0;
  // Of a channel that is made now; beside these, each of its calls is prepared.
  virtual std::shared_ptr<grpc::ChannelCredentials> ForChannel(Peers peers) = 0;
  // Greater with each new certificate.
  virtual uint64_t generation() const = 0;
  // Puts into a call's metadata what its channel's credentials do not.
  virtual void Prepare(grpc::ClientContext& call) const = 0;

  // Puts into an answer's metadata what shows that its tokens are ours.
  virtual void Show(grpc::ServerContextBase& call) const = 0;

  // For a peer of this SPIFFE ID; none: for whoever has it. UNAVAILABLE where ours has ended.
  virtual absl::StatusOr<Token> Make(absl::string_view audience) const = 0;
  // Whether `peer` itself has made the token: PERMISSION_DENIED says why not. In plaintext nobody can say.
  virtual absl::Status CheckMaker(absl::string_view token, const Peer& peer) const = 0;
};

}  // namespace nsm
