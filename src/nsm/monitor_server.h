// SPDX-License-Identifier: Apache-2.0
// The gRPC service MonitorConnection over a ConnectionMonitor.
#pragma once

#include <memory>
#include <set>

#include "connection.grpc.pb.h"
#include "src/core/mutex.h"
#include "src/nsm/connection_monitor.h"

namespace nsm {

class MonitorServer final : public ::connection::MonitorConnection::CallbackService {
 public:
  explicit MonitorServer(ConnectionMonitor& monitor) : monitor_(monitor) {}
  grpc::ServerWriteReactor<ConnectionEvent>* MonitorConnections(
      grpc::CallbackServerContext* context, const MonitorScopeSelector* selector) override;
  // Ends all streams with UNAVAILABLE and refuses new ones. Call before the server's own Shutdown.
  void Shutdown() EXCLUDES(mutex_);

 private:
  class Stream;

  ConnectionMonitor& monitor_;
  Mutex mutex_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::set<Stream*> streams_ GUARDED_BY(mutex_);
};

}  // namespace nsm
