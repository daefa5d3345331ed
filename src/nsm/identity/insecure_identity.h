// SPDX-License-Identifier: Apache-2.0
// For plaintext operation: nobody is known, and tokens are JWTs with alg "none" that name the program and say
// when they were made and when they end, so that paths, refreshes and time-outs work the same as with
// identities.
#pragma once

#include "src/core/clock.h"
#include "src/nsm/identity/identity.h"

namespace nsm {

class InsecureIdentity final : public Identity {
 public:
  InsecureIdentity(absl::string_view name, absl::Duration token_lifetime, const Clock& clock);
  bool is_secure() const override { return false; }
  std::string id() const override { return id_; }
  absl::Time end() const override { return absl::InfiniteFuture(); }
  std::shared_ptr<grpc::ServerCredentials> ForServer(Peers) override;
  std::shared_ptr<grpc::ChannelCredentials> ForChannel(Peers) override;
  uint64_t generation() const override { return 0; }
  void Prepare(grpc::ClientContext& call) const override;
  void Show(grpc::ServerContextBase&) const override {}
  absl::StatusOr<Token> Make(absl::string_view) const override { return Make(); }
  absl::Status CheckMaker(absl::string_view, const Peer&) const override { return absl::OkStatus(); }

  // Without an audience, as there is none.
  Token Make() const;

 private:
  const std::string id_;
  const std::string header_;   // the JWT's, as it stands in the token
  const std::string subject_;  // in JSON
  const absl::Duration token_lifetime_;
  const Clock& clock_;
};

}  // namespace nsm
