// SPDX-License-Identifier: Apache-2.0
// Element: tells watchers what becomes of each connection. Place it where connections look as the caller
// is to see them, names included.
#pragma once

#include "src/nsm/monitor/connection_monitor.h"
#include "src/nsm/request/chain.h"

namespace nsm {

class TellMonitor final : public Element {
 public:
  explicit TellMonitor(ConnectionMonitor& monitor) : monitor_(monitor) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  ConnectionMonitor& monitor_;
};

}  // namespace nsm
