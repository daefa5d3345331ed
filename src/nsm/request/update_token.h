// SPDX-License-Identifier: Apache-2.0
// Element: puts the caller's token, from the call's metadata, and our own into the path.
#pragma once

#include "src/nsm/request/chain.h"
#include "src/nsm/rpc/token_source.h"

namespace nsm {

class UpdateToken final : public Element {
 public:
  explicit UpdateToken(const TokenSource& tokens) : tokens_(tokens) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  void Update(const Context& context, Connection& connection) const;

  const TokenSource& tokens_;
};

}  // namespace nsm
