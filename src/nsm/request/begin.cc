// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/begin.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/nsm/wire/path.h"
#include "src/nsm/wire/time.h"

namespace nsm {
namespace {

// Whether a Close comes from a hop that has been replaced by another one since.
bool IsOutdated(const Connection& asked, const Connection& established) {
  const Path& path = asked.path();
  if (path.index() == 0 || IsSameWay(path, established.path(), path.index() - 1)) return false;
  const PathSegment& client = path.path_segments(0);
  return client.has_expires() &&
         FromTimestamp(client.expires()) < FromTimestamp(established.path().path_segments(0).expires());
}

}  // namespace

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

  std::optional<Kept> Exchange(std::optional<Kept> established) {
    MutexLock lock(begin_.mutex_);
    return std::exchange(begin_.slots_.at(id_).established, std::move(established));
  }

 private:
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
    if (std::optional<Kept> established = turn.Exchange(std::nullopt)) {
      Context close_context = context;
      close_context.next_hop = std::move(established->next_hop);
      absl::Status closed = next.Close(close_context, established->connection.Unpack());
      if (!closed.ok()) spdlog::warn("connection {}: closing before reselect: {}", id, closed.ToString());
    }
  }
  const uint64_t number = CountRequest();
  context.close_later = [this, id, number, next] { CloseEstablished(id, number, next); };
  ASSIGN_OR_RETURN(Connection connection, next.Request(context, std::move(request)));
  connection.set_state(::connection::UP);
  turn.Exchange(Kept{PackedConnection(connection), context.next_hop, number});
  return connection;
}

absl::Status Begin::Close(Context& context, Connection connection, Next next) {
  Turn turn(*this, connection.id());
  RETURN_IF_ERROR(turn.Take(context.deadline));
  std::optional<Kept> established = turn.Exchange(std::nullopt);
  if (!established) return next.Close(context, std::move(connection));
  Connection known = established->connection.Unpack();
  if (IsOutdated(connection, known)) {
    spdlog::info("connection {}: not closed for {}, which is not on its way any more", connection.id(),
                 PathToString(connection.path()));
    turn.Exchange(std::move(established));
    return absl::OkStatus();
  }
  context.next_hop = std::move(established->next_hop);
  return next.Close(context, std::move(known));
}

uint64_t Begin::CountRequest() {
  MutexLock lock(mutex_);
  return ++requests_;
}

void Begin::CloseEstablished(const std::string& id, uint64_t request, Next next) {
  Context context;
  context.deadline = clock_.Now() + close_timeout_;
  Turn turn(*this, id);
  absl::Status status = turn.Take(context.deadline);
  if (status.ok()) {
    std::optional<Kept> established = turn.Exchange(std::nullopt);
    if (!established) return;
    if (established->request != request) {
      turn.Exchange(std::move(established));
      return;
    }
    context.next_hop = std::move(established->next_hop);
    status = next.Close(context, established->connection.Unpack());
  }
  if (!status.ok()) spdlog::warn("connection {}: closing: {}", id, status.ToString());
}

size_t Begin::established_count() const {
  MutexLock lock(mutex_);
  return std::count_if(slots_.begin(), slots_.end(),
                       [](const auto& slot) { return slot.second.established.has_value(); });
}

}  // namespace nsm
