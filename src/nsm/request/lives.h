// SPDX-License-Identifier: Apache-2.0
// How long each connection lives here: until its caller's token ends, or less where it is known that nobody
// is left to refresh it.
//
// A connection whose life is over is closed; a close that cannot begin, since an earlier call for the
// connection hangs, is tried again until it does or the connection is asked for again: none stays without an
// end.
//
// Threading: thread safe. Closes run where the timers do; these have stopped when this ends, and what closes
// work with.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "src/core/clock.h"
#include "src/core/mutex.h"
#include "src/core/timer_queue.h"

namespace nsm {

class Lives {
 public:
  using Close = std::function<void()>;

  Lives(const Clock& clock, TimerQueue& timers) : clock_(clock), timers_(timers) {}

  // It was asked for: `close` ends it after `life`, for the reason given. What was said of it before is void.
  void Set(const std::string& id, absl::Duration life, std::string reason, Close close) EXCLUDES(mutex_);
  // It ends after `left` at the latest, unless it is asked for again by then. Unknown ids are nobody's.
  void Shorten(const std::string& id, absl::Duration left, std::string reason) EXCLUDES(mutex_);
  // It was closed.
  void Forget(const std::string& id) EXCLUDES(mutex_);

 private:
  struct Life {
    absl::Duration end;  // of Clock::Elapsed
    Close close;
    TimerId timer = 0;
    uint64_t arming = 0;  // which one it was, so that a timer that comes late knows that it was replaced
  };

  void Arm(const std::string& id, Life& life, absl::Duration left, std::string reason) REQUIRES(mutex_);
  void OnOver(const std::string& id, uint64_t arming, absl::Duration pause) EXCLUDES(mutex_);

  const Clock& clock_;
  TimerQueue& timers_;
  Mutex mutex_;
  std::map<std::string, Life> lives_ GUARDED_BY(mutex_);  // by id
  uint64_t armings_ GUARDED_BY(mutex_) = 0;
};

}  // namespace nsm
