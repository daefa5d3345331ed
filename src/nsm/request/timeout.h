// SPDX-License-Identifier: Apache-2.0
// Element: closes a connection whose caller has not refreshed it before its token expired.
//
// A Close that cannot begin, since an earlier call for the connection hangs, is tried again until it does or
// the connection is refreshed: no connection stays without an end. A caller whose clock is too far from ours
// (src/nsm/wire/expiry.h) is refused.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "src/core/clock.h"
#include "src/core/mutex.h"
#include "src/core/timer_queue.h"
#include "src/nsm/request/chain.h"

namespace nsm {

class Timeout final : public Element {
 public:
  Timeout(const Clock& clock, TimerQueue& timers) : clock_(clock), timers_(timers) {}
  ~Timeout() override;
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  using CloseLater = std::function<void()>;
  struct Armed {
    TimerId timer = 0;
    uint64_t arming = 0;  // which one it was, so that a timer that comes late knows that it was replaced
  };

  void Arm(const std::string& id, absl::Duration life, const std::string& caller, CloseLater close_later)
      EXCLUDES(mutex_);
  void OnExpired(const std::string& id, uint64_t arming, const CloseLater& close_later, absl::Duration pause)
      EXCLUDES(mutex_);
  void Disarm(const std::string& id) EXCLUDES(mutex_);

  const Clock& clock_;
  TimerQueue& timers_;
  Mutex mutex_;
  std::map<std::string, Armed> armed_ GUARDED_BY(mutex_);
  uint64_t armings_ GUARDED_BY(mutex_) = 0;
};

}  // namespace nsm
