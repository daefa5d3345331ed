// SPDX-License-Identifier: Apache-2.0
#include "src/client/resume.h"

#include <spdlog/spdlog.h>

#include "connection.grpc.pb.h"
#include "src/core/mutex.h"

namespace nsm::client {
namespace {

// Reads the first event, which lists what there is, and ends the stream.
class FirstEvent final : public grpc::ClientReadReactor<ConnectionEvent> {
 public:
  FirstEvent(::connection::MonitorConnection::Stub& stub, grpc::ClientContext& call,
             const MonitorScopeSelector& selector)
      : call_(call) {
    stub.async()->MonitorConnections(&call, &selector, this);
    StartRead(&event_);
    StartCall();
  }

  // Empty if the stream ended before.
  ConnectionEvent Wait() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (!done_) changed_.Wait(mutex_);
    return event_;
  }

 private:
  void OnReadDone(bool) override { call_.TryCancel(); }
  void OnDone(const grpc::Status&) override {
    MutexLock lock(mutex_);
    done_ = true;
    changed_.NotifyAll();
  }

  grpc::ClientContext& call_;
  ConnectionEvent event_;
  Mutex mutex_;
  CondVar changed_;
  bool done_ GUARDED_BY(mutex_) = false;
};

}  // namespace

std::optional<Connection> FindConnection(ChannelPool& channels, const std::shared_ptr<grpc::Channel>& channel,
                                         const Url& nsmgr, const std::string& id, absl::Time deadline) {
  if (absl::Status dialled = channels.Dial(*channel, nsmgr, deadline); !dialled.ok()) {
    spdlog::info("looking for earlier connections: {}", dialled.ToString());
    return std::nullopt;
  }
  grpc::ClientContext call;
  channels.Prepare(call, deadline);
  MonitorScopeSelector selector;
  selector.add_path_segments()->set_id(id);
  auto stub = ::connection::MonitorConnection::NewStub(channel);
  FirstEvent first(*stub, call, selector);
  const ConnectionEvent event = first.Wait();
  for (const auto& [their_id, connection] : event.connections()) {
    const auto& segments = connection.path().path_segments();
    if (connection.path().index() == 1 && !segments.empty() && segments[0].id() == id) return connection;
  }
  return std::nullopt;
}

}  // namespace nsm::client
