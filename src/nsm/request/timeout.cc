// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/timeout.h"

#include <spdlog/spdlog.h>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/nsm/wire/path.h"
#include "src/nsm/wire/time.h"

namespace nsm {

Timeout::~Timeout() {
  MutexLock lock(mutex_);
  for (const auto& [id, timer] : armed_) timers_.Cancel(timer);
}

absl::StatusOr<Connection> Timeout::Request(Context& context, NetworkServiceRequest request, Next next) {
  ASSIGN_OR_RETURN(Connection connection, next.Request(context, std::move(request)));
  const PathSegment* caller = PreviousSegment(connection);
  if (caller == nullptr || !caller->has_expires() || !context.close_later) return connection;
  Disarm(connection.id());
  TimerId timer = timers_.Schedule(
      FromTimestamp(caller->expires()),
      [id = connection.id(), caller = caller->name(), close_later = context.close_later] {
        spdlog::info("connection {}: not refreshed by {} before its token expired; closing it", id, caller);
        close_later();
      });
  MutexLock lock(mutex_);
  armed_[connection.id()] = timer;
  return connection;
}

absl::Status Timeout::Close(Context& context, Connection connection, Next next) {
  Disarm(connection.id());
  return next.Close(context, std::move(connection));
}

void Timeout::Disarm(const std::string& id) {
  MutexLock lock(mutex_);
  auto it = armed_.find(id);
  if (it == armed_.end()) return;
  timers_.Cancel(it->second);
  armed_.erase(it);
}

}  // namespace nsm
