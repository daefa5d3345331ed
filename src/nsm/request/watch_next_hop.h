// SPDX-License-Identifier: Apache-2.0
// Element: has each connection watched at the hop that an element below has found for it. Stands in front of
// the TellMonitor, which knows the connection when the next hop's news of it begin.
#pragma once

#include "absl/time/clock.h"
#include "src/nsm/monitor/next_hop_monitor.h"
#include "src/nsm/request/chain.h"

namespace nsm {

class WatchNextHop final : public Element {
 public:
  explicit WatchNextHop(NextHopMonitor& monitor) : monitor_(monitor) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override {
    const absl::Time asked = absl::Now();
    absl::StatusOr<Connection> connection = next.Request(context, std::move(request));
    if (connection.ok() && context.next_hop) monitor_.Watch(connection->id(), *context.next_hop, asked);
    return connection;
  }
  absl::Status Close(Context& context, Connection connection, Next next) override {
    const std::string id = connection.id();
    absl::Status status = next.Close(context, std::move(connection));
    monitor_.Forget(id);
    return status;
  }

 private:
  NextHopMonitor& monitor_;
};

}  // namespace nsm
