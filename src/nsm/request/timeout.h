// SPDX-License-Identifier: Apache-2.0
// Element: closes a connection whose caller has not refreshed it before its token expired.
#pragma once

#include <map>
#include <string>

#include "src/core/mutex.h"
#include "src/core/timer_queue.h"
#include "src/nsm/request/chain.h"

namespace nsm {

class Timeout final : public Element {
 public:
  explicit Timeout(TimerQueue& timers) : timers_(timers) {}
  ~Timeout() override;
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  void Disarm(const std::string& id) EXCLUDES(mutex_);

  TimerQueue& timers_;
  Mutex mutex_;
  std::map<std::string, TimerId> armed_ GUARDED_BY(mutex_);
};

}  // namespace nsm
