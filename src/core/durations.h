// SPDX-License-Identifier: Apache-2.0
// How often things were done and how long that took in all, by name.
//
// Threading: thread safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "src/core/mutex.h"

namespace nsm {

class Durations {
 public:
  struct Sum {
    uint64_t count = 0;
    absl::Duration total;
  };

  void Add(const std::string& name, absl::Duration duration) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    Sum& sum = sums_[name];
    ++sum.count;
    sum.total += duration;
  }
  std::map<std::string, Sum> sums() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return sums_;
  }

 private:
  mutable Mutex mutex_;
  std::map<std::string, Sum> sums_ GUARDED_BY(mutex_);
};

}  // namespace nsm
