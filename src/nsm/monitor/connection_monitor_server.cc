// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/monitor/connection_monitor_server.h"

#include "src/nsm/rpc/grpc_status.h"
#include "src/nsm/rpc/stream_writer.h"
#include "src/nsm/wire/limits.h"

namespace nsm {
class ConnectionMonitorServer::Stream final : public StreamWriter<ConnectionEvent>, public ConnectionWatcher {
 public:
  explicit Stream(ConnectionMonitorServer& server) : server_(server) {}
  void OnEvent(const ConnectionEvent& event) override { Push(event); }

 private:
  void OnOver() override { server_.streams_.OnOver(*this); }

  ConnectionMonitorServer& server_;
};

grpc::ServerWriteReactor<ConnectionEvent>* ConnectionMonitorServer::MonitorConnections(
    grpc::CallbackServerContext* call, const MonitorScopeSelector* selector) {
  auto stream = std::make_shared<Stream>(*this);
  stream->HoldUntilDone(stream);
  if (!streams_.Open(*stream)) return stream.get();
  const Caller caller = ContextFromCall(*call, door_, clock_).caller;
  absl::Status fits = CheckLimits(caller);
  fits.Update(CheckLimits(*selector));
  if (!fits.ok()) {
    stream->End(ToGrpc(fits, "monitor"));
  } else {
    const bool only_news = call->client_metadata().contains(kOnlyNewsHeader);
    monitor_.Watch(*selector, stream, only_news ? Interest::kNews : Interest::kAll,
                   Audience(door_, caller, *selector));
  }
  return stream.get();
}

void ConnectionMonitorServer::Shutdown() { streams_.Shutdown(); }

}  // namespace nsm
