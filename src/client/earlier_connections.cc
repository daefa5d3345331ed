// SPDX-License-Identifier: Apache-2.0
#include "src/client/earlier_connections.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "connection.grpc.pb.h"
#include "src/client/close_connection.h"
#include "src/core/status_macros.h"
#include "src/nsm/monitor/connection_monitor.h"
#include "src/nsm/rpc/grpc_status.h"
#include "src/nsm/wire/path.h"

namespace nsm::client {
namespace {

// All that is asked for waits for it.
constexpr absl::Duration kLongestClose = absl::Seconds(3);

// Reads the first events, which list what there is, and ends the stream.
class FirstEvents final : public grpc::ClientReadReactor<ConnectionEvent> {
 public:
  FirstEvents(::connection::MonitorConnection::Stub& stub, grpc::ClientContext& call,
              const MonitorScopeSelector& selector)
      : call_(call) {
    stub.async()->MonitorConnections(&call, &selector, this);
    StartRead(&event_);
    StartCall();
  }

  // How the stream ended, if that was before the list was complete.
  grpc::Status Wait() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (!done_) changed_.Wait(mutex_);
    return complete_ ? grpc::Status::OK : status_;
  }
  // After Wait.
  const std::vector<Connection>& connections() const { return connections_; }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return;
    for (const auto& [id, connection] : event_.connections()) connections_.push_back(connection);
    if (IsFollowed(event_)) {
      event_.Clear();
      StartRead(&event_);
      return;
    }
    complete_ = true;
    call_.TryCancel();
  }
  void OnDone(const grpc::Status& status) override {
    MutexLock lock(mutex_);
    status_ = status.ok() ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "the stream ended") : status;
    done_ = true;
    changed_.NotifyAll();
  }

  grpc::ClientContext& call_;
  ConnectionEvent event_;
  std::vector<Connection> connections_;
  bool complete_ = false;
  Mutex mutex_;
  CondVar changed_;
  grpc::Status status_ GUARDED_BY(mutex_);
  bool done_ GUARDED_BY(mutex_) = false;
};

bool BeginsWith(const std::string& name, const Connection& theirs) {
  const auto& segments = theirs.path().path_segments();
  return theirs.path().index() == 1 && segments.size() >= 2 && segments[0].name() == name;
}

}  // namespace

absl::StatusOr<std::map<std::string, Connection>> AskForConnections(ChannelPool& channels, const Url& nsmgr,
                                                                    const std::string& name,
                                                                    absl::Time deadline, CallGroup& calls) {
  const std::shared_ptr<grpc::Channel> channel = channels.Get(nsmgr);
  RETURN_IF_ERROR(channels.Dial(*channel, nsmgr, deadline));
  ChannelPool::Call call(channels, deadline, &calls);
  MonitorScopeSelector selector;
  selector.add_path_segments()->set_name(name);
  auto stub = ::connection::MonitorConnection::NewStub(channel);
  FirstEvents first(*stub, call.context(), selector);
  RETURN_IF_ERROR(FromGrpc(first.Wait(), nsmgr));
  std::map<std::string, Connection> connections;
  for (Connection connection : first.connections()) {
    if (!BeginsWith(name, connection)) continue;
    LeaveHop(0, connection);
    connections[connection.id()] = std::move(connection);
  }
  return connections;
}

absl::StatusOr<Connection> EarlierConnections::Take(const std::string& id, CallGroup& calls) {
  MutexLock lock(mutex_);
  RETURN_IF_ERROR(Look(calls));
  auto known = connections_.extract(id);
  if (known.empty()) return absl::NotFoundError(absl::StrCat("no earlier connection ", id));
  return std::move(known.mapped());
}

absl::Status EarlierConnections::Look(CallGroup& calls) {
  if (has_looked_) return absl::OkStatus();
  absl::StatusOr<std::map<std::string, Connection>> known =
      AskForConnections(channels_, config_.nsmgr, config_.name, clock_.Now() + config_.timeout, calls);
  if (!known.ok()) {
    return absl::Status(known.status().code(),
                        absl::StrCat("looking for earlier connections: ", known.status().message()));
  }
  for (auto& [id, connection] : *known) {
    if (config_.wanted.contains(id)) {
      const std::string name = absl::StrCat(connection.network_service(), " at ",
                                            Parameter(connection.mechanism(), mechanism::kName));
      // Two that have one address already: the session of the second one asks for another.
      if (absl::Status taken = given_.Take(id, name, connection); !taken.ok())
        spdlog::info("{}", taken.ToString());
      connections_[id] = std::move(connection);
    } else if (Parameter(connection.mechanism(), mechanism::kInodeUrl) == config_.netns_inode_url) {
      Close(connection, calls);
    } else {
      spdlog::info("connection {} is of a client \"{}\" in another namespace; leaving it alone", id,
                   config_.name);
    }
  }
  has_looked_ = true;
  return absl::OkStatus();
}

void EarlierConnections::Close(const Connection& connection, CallGroup& calls) {
  spdlog::info("{}: closing the connection {}, which is not asked for any more", connection.network_service(),
               connection.id());
  absl::Status closed = CloseConnection(channels_, config_.nsmgr, connection,
                                        clock_.Now() + std::min(config_.timeout, kLongestClose), &calls);
  if (!closed.ok()) spdlog::warn("closing {}: {}", connection.id(), closed.ToString());
}

}  // namespace nsm::client
