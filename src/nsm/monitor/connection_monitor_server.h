// SPDX-License-Identifier: Apache-2.0
// The gRPC service MonitorConnection over a ConnectionMonitor.
#pragma once

#include "connection.grpc.pb.h"
#include "src/nsm/monitor/connection_monitor.h"
#include "src/nsm/rpc/open_streams.h"

namespace nsm {

class ConnectionMonitorServer final : public ::connection::MonitorConnection::CallbackService {
 public:
  explicit ConnectionMonitorServer(ConnectionMonitor& monitor) : monitor_(monitor) {}
  grpc::ServerWriteReactor<ConnectionEvent>* MonitorConnections(
      grpc::CallbackServerContext* context, const MonitorScopeSelector* selector) override;
  // Ends all streams with UNAVAILABLE and refuses new ones. Call before the server's own Shutdown.
  void Shutdown();

 private:
  class Stream;

  ConnectionMonitor& monitor_;
  OpenStreams<Stream> streams_;
};

}  // namespace nsm
