// SPDX-License-Identifier: Apache-2.0
// Element: who may ask for what, where callers have identities.
//
// The tokens of the path keep the policies. And a connection belongs to the hops that it was made through
// ("server/connection_owner", ours): only one of these may ask for it again or close it. A hop that came back
// under another identity is not known; it has to show the whole way, whose ids nobody else can know. Not so
// the client, which is at the beginning of it.
#pragma once

#include <vector>

#include "src/core/clock.h"
#include "src/nsm/identity/identity.h"
#include "src/nsm/identity/policies.h"
#include "src/nsm/monitor/connection_monitor.h"
#include "src/nsm/request/chain.h"

namespace nsm {

// Stands behind what puts the tokens of the call into the path.
class Authorize final : public Element {
 public:
  Authorize(const Identity& own, Policies policies, const ConnectionMonitor& known, const Clock& clock)
      : own_(own), policies_(std::move(policies)), known_(known), clock_(clock) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  absl::Status Check(const Context& context, const Connection& connection) const;
  absl::Status CheckOwner(const Peer& caller, const Connection& connection) const;

  const Identity& own_;
  const Policies policies_;
  const ConnectionMonitor& known_;
  const Clock& clock_;
};

// The tokens of a path's segments from the first one up to and with `last`.
std::vector<std::string> TokensOf(const Path& path, int last);

}  // namespace nsm
