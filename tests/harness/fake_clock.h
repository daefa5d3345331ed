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
  void Advance(absl::Duration step) {
    MutexLock lock(mutex_);
    now_ += step;
  }

 private:
  mutable Mutex mutex_;
  absl::Time now_ GUARDED_BY(mutex_) = absl::FromUnixSeconds(1'700'000'000);
};

}  // namespace nsm
