// SPDX-License-Identifier: Apache-2.0
// A few threads for work that may block: timers' functions, name look-ups, reactions to monitor events.
//
// Threading: Run() is thread safe. Functions run in any order and at the same time, at most `threads` of
// them; threads are started when they are needed and end when they were idle for a while.
#pragma once

#include <deque>
#include <functional>

#include "absl/time/time.h"
#include "src/core/mutex.h"

namespace nsm {

class WorkerPool {
 public:
  explicit WorkerPool(int threads, absl::Duration idle = absl::Seconds(2)) : limit_(threads), idle_(idle) {}
  // Runs what was queued, then ends.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void Run(std::function<void()> function) EXCLUDES(mutex_);
  // Returns when nothing is queued and nothing runs.
  void Drain() EXCLUDES(mutex_);
  // Drops what is queued, and returns when nothing runs. Later functions are dropped, too.
  void Stop() EXCLUDES(mutex_);

 private:
  void Work() EXCLUDES(mutex_);

  const int limit_;
  const absl::Duration idle_;
  Mutex mutex_;
  CondVar changed_;
  CondVar drained_;
  std::deque<std::function<void()>> queue_ GUARDED_BY(mutex_);
  int running_ GUARDED_BY(mutex_) = 0;
  int waiting_ GUARDED_BY(mutex_) = 0;
  bool takes_work_ GUARDED_BY(mutex_) = true;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace nsm
