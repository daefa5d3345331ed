// SPDX-License-Identifier: Apache-2.0
// Element: puts the caller's token, from the call's metadata, and our own into the path.
#pragma once

#include "src/nsm/identity/identity.h"
#include "src/nsm/request/chain.h"

namespace nsm {

class UpdateToken final : public Element {
 public:
  explicit UpdateToken(const Identity& identity) : identity_(identity) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  absl::Status Update(const Context& context, Connection& connection) const;

  const Identity& identity_;
};

}  // namespace nsm
