// SPDX-License-Identifier: Apache-2.0
// Element: takes a connection up again that is in this node's dataplane, when the path does not say so.
//
// A connection is known by its id, which the path carries from refresh to refresh. Two things break that:
//   - This forwarder was started again under another name (a pod of a DaemonSet). The path has the id beside
//     the old name; it gets the new one.
//   - The client was started again together with its NSMgr, so that nobody in front of us knows the path. The
//     client's interface is still there: in the same namespace, with the client's alias. Or the client's pod
//     was made anew under its name, and its old namespace is gone. What is known of the connection is put
//     back into the path.
// So interface, tunnel and addresses stay, and what is behind us is refreshed, not left behind. Where the
// client wants another service than before, or what was behind us does not answer any more, that is closed
// first (RESELECT_REQUESTED). An endpoint that nobody knows is waited for, for a second: an NSMgr that was
// started again does not know its endpoints until they come back, and meanwhile packets flow.
//
// What is another client's stays that one's: ALREADY_EXISTS, naming both.
#pragma once

#include <optional>
#include <string>

#include "src/core/clock.h"
#include "src/forwarder/mechanisms.h"
#include "src/nsm/monitor/connection_monitor.h"
#include "src/nsm/request/chain.h"

namespace nsm::forwarder {

// Stands in front of UpdatePath.
class TakeUp final : public Element {
 public:
  // `name` is this hop's. The monitor knows what this process has established. `pause` is between two
  // questions for an endpoint that is not known.
  TakeUp(std::string name, const Mechanisms& mechanisms, const ConnectionMonitor& monitor, const Clock& clock,
         absl::Duration pause = absl::Milliseconds(100))
      : name_(std::move(name)), mechanisms_(mechanisms), monitor_(monitor), clock_(clock), pause_(pause) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  // The path's next segment gets our name and this id, and keeps what is behind it.
  void Rename(const std::string& id, Connection& connection) const;
  absl::StatusOr<Connection> AskForTheSame(const Context& context, const NetworkServiceRequest& same,
                                           const Next& next) const;
  // The request says nothing of how the connection was before: asks for the same if that is wanted.
  absl::StatusOr<Connection> Continue(const std::string& id, Context& context, NetworkServiceRequest request,
                                      const Next& next) const;

  const std::string name_;
  const Mechanisms& mechanisms_;
  const ConnectionMonitor& monitor_;
  const Clock& clock_;
  const absl::Duration pause_;
};

}  // namespace nsm::forwarder
