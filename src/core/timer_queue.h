// SPDX-License-Identifier: Apache-2.0
// Calls functions after given intervals, which pass by Clock::Elapsed: whoever sets the wall clock neither
// fires nor delays them.
//
// Threading: all methods are thread safe. What is due is handed to a WorkerPool given at construction in
// order of time, and runs there at the same time as others, so that one which blocks delays none until all of
// the pool's threads do. A queue made without a pool runs nothing by itself: RunDue() does, one after the
// other on its caller's thread, which is how tests drive it with a clock of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <thread>
#include <utility>

#include "absl/time/time.h"
#include "src/core/clock.h"
#include "src/core/mutex.h"
#include "src/core/worker_pool.h"

namespace nsm {

using TimerId = uint64_t;  // 0 is no timer

class TimerQueue {
 public:
  explicit TimerQueue(const Clock& clock) : clock_(clock) {}
  TimerQueue(const Clock& clock, WorkerPool& pool);
  ~TimerQueue();
  // No function is started from here on, and what is scheduled is dropped. Not from a timer's function.
  void Stop() EXCLUDES(mutex_);
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  // As far from now as `when` is by the wall clock.
  TimerId Schedule(absl::Time when, std::function<void()> function) EXCLUDES(mutex_);
  // True if the function will not run any more; false if it has run or is about to. 0 is accepted.
  bool Cancel(TimerId id) EXCLUDES(mutex_);
  // Runs, on this thread, everything that is due by the clock.
  void RunDue() EXCLUDES(mutex_);
  size_t size() const EXCLUDES(mutex_);

 private:
  void Run() EXCLUDES(mutex_);

  const Clock& clock_;
  WorkerPool* pool_ = nullptr;
  mutable Mutex mutex_;
  CondVar changed_;
  // By when they are due, of Clock::Elapsed.
  std::map<std::pair<absl::Duration, TimerId>, std::function<void()>> timers_ GUARDED_BY(mutex_);
  std::map<TimerId, absl::Duration> times_ GUARDED_BY(mutex_);
  // When the thread looks for what is due; a timer that is cancelled does not change it, so that timers which
  // come and go do not wake it each time.
  absl::Duration looks_at_ GUARDED_BY(mutex_) = absl::ZeroDuration();
  TimerId next_id_ GUARDED_BY(mutex_) = 1;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace nsm
