// SPDX-License-Identifier: Apache-2.0
// Time as a parameter. Code that waits or compares times takes a Clock, so that tests can move it.
//
// There are two readings. The wall clock may be set, forward and back, while a program runs: it is for what
// is told to others or comes from them. Intervals are measured by what nobody can set.
#pragma once

#include <chrono>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace nsm {

// Since some moment in the past; goes on evenly whatever the wall clock is set to.
inline absl::Duration Elapsed() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall-clock time: tokens and registrations carry wall-clock expiries. Thread safe.
  virtual absl::Time Now() const = 0;
  // For intervals, see above. Thread safe.
  virtual absl::Duration Elapsed() const = 0;
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
  absl::Duration Elapsed() const override { return nsm::Elapsed(); }
};

}  // namespace nsm
