// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/monitor_server.h"

#include "src/nsm/grpc_status.h"
#include "src/nsm/limits.h"
#include "src/nsm/stream_writer.h"

namespace nsm {
namespace {

grpc::Status Stopping() { return {grpc::StatusCode::UNAVAILABLE, "this program is stopping"}; }

}  // namespace

class MonitorServer::Stream final : public StreamWriter<ConnectionEvent>, public ConnectionWatcher {
 public:
  explicit Stream(MonitorServer& server) : server_(server) {}
  void OnEvent(const ConnectionEvent& event) override { Push(event); }

 private:
  void OnOver() override {
    MutexLock lock(server_.mutex_);
    server_.streams_.erase(this);
  }

  MonitorServer& server_;
};

grpc::ServerWriteReactor<ConnectionEvent>* MonitorServer::MonitorConnections(
    grpc::CallbackServerContext* call, const MonitorScopeSelector* selector) {
  auto stream = std::make_shared<Stream>(*this);
  stream->HoldUntilDone(stream);
  bool stopping;
  {
    MutexLock lock(mutex_);
    stopping = stopping_;
    if (!stopping) streams_.insert(stream.get());
  }
  if (stopping) {
    stream->End(Stopping());
  } else if (absl::Status fits = CheckLimits(*selector); !fits.ok()) {
    stream->End(ToGrpc(fits, "monitor"));
  } else {
    const bool only_news = call->client_metadata().contains(kOnlyNewsHeader);
    monitor_.Watch(*selector, stream, only_news ? Interest::kNews : Interest::kAll);
  }
  return stream.get();
}

void MonitorServer::Shutdown() {
  MutexLock lock(mutex_);
  stopping_ = true;
  for (Stream* stream : streams_) stream->End(Stopping());
}

}  // namespace nsm
