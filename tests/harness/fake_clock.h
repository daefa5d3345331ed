// SPDX-License-Identifier: Apache-2.0
// A clock that moves when a test says so. Thread safe.
#pragma once

#include "src/core/clock.h"
#include "src/core/mutex.h"

namespace nsm {

class FakeClock final : public Clock {
 public:
  absl::Time Now() const override {
    MutexLock lock(mutex_);
    return now_;
  }
  absl::Duration Elapsed() const override {
    MutexLock lock(mutex_);
    return elapsed_;
  }
  void Advance(absl::Duration step) {
    MutexLock lock(mutex_);
    now_ += step;
    elapsed_ += step;
  }
  // Somebody sets the wall clock forward, or back by a negative step; no time passes.
  void Set(absl::Duration step) {
    MutexLock lock(mutex_);
    now_ += step;
  }

 private:
  mutable Mutex mutex_;
  absl::Time now_ GUARDED_BY(mutex_) = absl::FromUnixSeconds(1'700'000'000);
  absl::Duration elapsed_ GUARDED_BY(mutex_) = absl::Hours(1);
};

}  // namespace nsm
