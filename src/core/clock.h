// SPDX-License-Identifier: Apache-2.0
// Time as a parameter. Code that waits or compares times takes a Clock, so that tests can move it.
#pragma once

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace nsm {

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall-clock time: tokens and registrations carry wall-clock expiries. Thread safe.
  virtual absl::Time Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace nsm
