// SPDX-License-Identifier: Apache-2.0
// The gRPC service MonitorConnection over a ConnectionMonitor, behind one door.
#pragma once

#include "connection.grpc.pb.h"
#include "src/nsm/monitor/connection_monitor.h"
#include "src/nsm/rpc/door.h"
#include "src/nsm/rpc/open_streams.h"

namespace nsm {

class ConnectionMonitorServer final : public ::connection::MonitorConnection::CallbackService {
 public:
  ConnectionMonitorServer(ConnectionMonitor& monitor, Door door, const Clock& clock)
      : monitor_(monitor), door_(std::move(door)), clock_(clock) {}
  grpc::ServerWriteReactor<ConnectionEvent>* MonitorConnections(
      grpc::CallbackServerContext* context, const MonitorScopeSelector* selector) override;
  // Ends all streams with UNAVAILABLE and refuses new ones. Call before the server's own Shutdown.
  void Shutdown();

 private:
  class Stream;

  ConnectionMonitor& monitor_;
  const Door door_;
  const Clock& clock_;
  OpenStreams<Stream> streams_;
};

}  // namespace nsm
