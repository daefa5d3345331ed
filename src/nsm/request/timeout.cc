// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/timeout.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "src/core/status_macros.h"
#include "src/nsm/wire/expiry.h"
#include "src/nsm/wire/path.h"

namespace nsm {
namespace {

constexpr absl::Duration kFirstRetry = absl::Seconds(1);
constexpr absl::Duration kLongestRetry = absl::Minutes(1);

}  // namespace

Timeout::~Timeout() {
  MutexLock lock(mutex_);
  for (const auto& [id, armed] : armed_) timers_.Cancel(armed.timer);
}

absl::StatusOr<Connection> Timeout::Request(Context& context, NetworkServiceRequest request, Next next) {
  const PathSegment* caller = PreviousSegment(request.connection());
  if (caller == nullptr || !caller->has_expires()) return next.Request(context, std::move(request));
  const std::string name = caller->name();
  ASSIGN_OR_RETURN(const absl::Duration life, LifeOf(*caller, clock_.Now()));
  ASSIGN_OR_RETURN(Connection connection, next.Request(context, std::move(request)));
  if (context.close_later) Arm(connection.id(), life, name, context.close_later);
  return connection;
}

absl::Status Timeout::Close(Context& context, Connection connection, Next next) {
  Disarm(connection.id());
  return next.Close(context, std::move(connection));
}

void Timeout::Arm(const std::string& id, absl::Duration life, const std::string& caller,
                  CloseLater close_later) {
  MutexLock lock(mutex_);
  Armed& armed = armed_[id];
  timers_.Cancel(armed.timer);
  const uint64_t arming = armed.arming = ++armings_;
  armed.timer =
      timers_.Schedule(clock_.Now() + life, [this, id, arming, caller, close_later = std::move(close_later)] {
        spdlog::info("connection {}: not refreshed by {} before its token expired; closing it", id, caller);
        OnExpired(id, arming, close_later, kFirstRetry);
      });
}

void Timeout::OnExpired(const std::string& id, uint64_t arming, const CloseLater& close_later,
                        absl::Duration pause) {
  close_later();
  MutexLock lock(mutex_);
  auto it = armed_.find(id);
  // A Close that has come here has disarmed it.
  if (it == armed_.end() || it->second.arming != arming) return;
  it->second.timer = timers_.Schedule(clock_.Now() + pause, [this, id, arming, close_later, pause] {
    OnExpired(id, arming, close_later, std::min(pause * 2, kLongestRetry));
  });
}

void Timeout::Disarm(const std::string& id) {
  MutexLock lock(mutex_);
  auto it = armed_.find(id);
  if (it == armed_.end()) return;
  timers_.Cancel(it->second.timer);
  armed_.erase(it);
}

}  // namespace nsm
