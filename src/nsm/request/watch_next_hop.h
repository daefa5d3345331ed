// SPDX-License-Identifier: Apache-2.0
// Element: has each connection watched at its next hop, where Connect has claimed the news of it. Stands in
// front of the TellMonitor, which knows the connection when news are told.
#pragma once

#include "src/nsm/monitor/next_hop_monitor.h"
#include "src/nsm/request/chain.h"

namespace nsm {

class WatchNextHop final : public Element {
 public:
  explicit WatchNextHop(NextHopMonitor& monitor) : monitor_(monitor) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override {
    const std::string id = request.connection().id();
    absl::StatusOr<Connection> connection = next.Request(context, std::move(request));
    if (connection.ok()) {
      monitor_.Watch(id);
    } else {
      monitor_.Abandon(id);
    }
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
