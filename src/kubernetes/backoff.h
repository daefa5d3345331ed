// SPDX-License-Identifier: Apache-2.0
// How long to wait before something that failed is tried again: longer each time, up to a limit, and not the
// same for all who lost the same server.
#pragma once

#include <random>

#include "absl/time/time.h"

namespace nsm::kubernetes {

// Threading: one thread.
class Backoff {
 public:
  struct Options {
    absl::Duration first = absl::Milliseconds(200);
    absl::Duration longest = absl::Seconds(5);
  };

  Backoff(Options options, uint64_t seed) : options_(options), next_(options.first), random_(seed) {}
  // Between half of and the whole of a time that doubles with each call.
  absl::Duration Next();
  // It went well: start again from the first.
  void Reset() { next_ = options_.first; }

 private:
  const Options options_;
  absl::Duration next_;
  std::mt19937_64 random_;
};

}  // namespace nsm::kubernetes
