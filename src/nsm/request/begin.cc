// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/begin.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm {

// The right to work on one connection, from Take until destruction.
class Begin::Turn {
 public:
  Turn(Begin& begin, const std::string& id) : begin_(begin), id_(id) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  absl::Status Take(absl::Time deadline) {
    const absl::Duration end = begin_.clock_.Elapsed() + (deadline - begin_.clock_.Now());
    MutexLock lock(begin_.mutex_);
    Slot& slot = begin_.slots_[id_];
    ++slot.users;
    counted_ = true;
    while (slot.taken) {
      absl::Duration left = end - begin_.clock_.Elapsed();
      if (left <= absl::ZeroDuration()) {
        return absl::DeadlineExceededError(
            absl::StrCat("connection ", id_, ": an earlier call for it is still running"));
      }
      begin_.turn_over_.WaitFor(begin_.mutex_, left);
    }
    slot.taken = true;
    taken_ = true;
    return absl::OkStatus();
  }

  ~Turn() {
    MutexLock lock(begin_.mutex_);
    if (!counted_) return;
    auto it = begin_.slots_.find(id_);
    Slot& slot = it->second;
    if (taken_) slot.taken = false;
    if (--slot.users == 0 && !slot.established) begin_.slots_.erase(it);
    begin_.turn_over_.NotifyAll();
  }

  std::optional<Connection> TakeEstablished() {
    std::optional<PackedConnection> established = ExchangeEstablished(std::nullopt);
    if (!established) return std::nullopt;
    return established->Unpack();
  }
  void set_established(const Connection& connection) { ExchangeEstablished(PackedConnection(connection)); }

 private:
  std::optional<PackedConnection> ExchangeEstablished(std::optional<PackedConnection> established) {
    MutexLock lock(begin_.mutex_);
    return std::exchange(begin_.slots_.at(id_).established, std::move(established));
  }

  Begin& begin_;
  const std::string id_;
  bool counted_ = false;
  bool taken_ = false;
};

absl::StatusOr<Connection> Begin::Request(Context& context, NetworkServiceRequest request, Next next) {
  const std::string id = request.connection().id();
  Turn turn(*this, id);
  RETURN_IF_ERROR(turn.Take(context.deadline));
  if (request.connection().state() == ::connection::RESELECT_REQUESTED) {
    if (std::optional<Connection> established = turn.TakeEstablished()) {
      Context close_context = context;
      absl::Status closed = next.Close(close_context, *std::move(established));
      if (!closed.ok()) spdlog::warn("connection {}: closing before reselect: {}", id, closed.ToString());
    }
  }
  context.close_later = [this, id, next] { CloseEstablished(id, next); };
  ASSIGN_OR_RETURN(Connection connection, next.Request(context, std::move(request)));
  connection.set_state(::connection::UP);
  turn.set_established(connection);
  return connection;
}

absl::Status Begin::Close(Context& context, Connection connection, Next next) {
  Turn turn(*this, connection.id());
  RETURN_IF_ERROR(turn.Take(context.deadline));
  std::optional<Connection> established = turn.TakeEstablished();
  return next.Close(context, established ? *std::move(established) : std::move(connection));
}

void Begin::CloseEstablished(const std::string& id, Next next) {
  Context context;
  context.deadline = clock_.Now() + close_timeout_;
  Turn turn(*this, id);
  absl::Status status = turn.Take(context.deadline);
  if (status.ok()) {
    std::optional<Connection> established = turn.TakeEstablished();
    if (!established) return;
    status = next.Close(context, *std::move(established));
  }
  if (!status.ok()) spdlog::warn("connection {}: closing: {}", id, status.ToString());
}

std::vector<Connection> Begin::Established() const {
  MutexLock lock(mutex_);
  std::vector<Connection> connections;
  for (const auto& [id, slot] : slots_) {
    if (slot.established) connections.push_back(slot.established->Unpack());
  }
  return connections;
}

size_t Begin::established_count() const {
  MutexLock lock(mutex_);
  return std::count_if(slots_.begin(), slots_.end(),
                       [](const auto& slot) { return slot.second.established.has_value(); });
}

}  // namespace nsm
