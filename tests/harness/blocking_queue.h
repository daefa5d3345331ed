// SPDX-License-Identifier: Apache-2.0
// What other threads tell a test, in order.
#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "src/core/clock.h"
#include "src/core/mutex.h"

namespace nsm {

template <typename T>
class BlockingQueue {
 public:
  void Push(T value) {
    MutexLock lock(mutex_);
    values_.push_back(std::move(value));
    changed_.NotifyAll();
  }
  // Waits for the next one; none after a time that only a failing test takes.
  std::optional<T> Pop() {
    const absl::Time limit = absl::Now() + absl::Seconds(10);
    MutexLock lock(mutex_);
    while (values_.empty()) {
      absl::Duration left = limit - absl::Now();
      if (left <= absl::ZeroDuration()) return std::nullopt;
      changed_.WaitFor(mutex_, left);
    }
    T value = std::move(values_.front());
    values_.pop_front();
    return value;
  }
  bool empty() const {
    MutexLock lock(mutex_);
    return values_.empty();
  }

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  std::deque<T> values_ GUARDED_BY(mutex_);
};

}  // namespace nsm
