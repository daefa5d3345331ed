// SPDX-License-Identifier: Apache-2.0
// How the Requests of a program ended: how long they took, and the last ones that failed.
//
// Threading: thread safe.
#pragma once

#include <deque>
#include <string>

#include "absl/status/status.h"
#include "nlohmann/json.hpp"
#include "src/core/clock.h"
#include "src/core/durations.h"
#include "src/core/mutex.h"
#include "src/nsm/wire/wire.h"

namespace nsm {

class Outcomes {
 public:
  static constexpr size_t kFailures = 64;  // more push the oldest ones out

  explicit Outcomes(const Clock& clock) : clock_(clock) {}

  // Of Requests and Closes, by name.
  Durations& durations() { return durations_; }
  // The Request for this connection, as it was asked for, leaves the program with an error. Texts are kept up
  // to a length that the reason of many hops stays below.
  void Failed(const Connection& asked, const absl::Status& reason) EXCLUDES(mutex_);

  // A list, oldest first: `time`, `hop` that asked (the current segment of the path), `id` that it knows the
  // connection by, `service`, `endpoint` if one was named, `code`, and as `reason` the error's text, which
  // names the hops that it came back through.
  nlohmann::json Failures() const EXCLUDES(mutex_);

 private:
  struct Failure {
    absl::Time time;
    std::string hop, id, service, endpoint;
    absl::Status reason;
  };

  const Clock& clock_;
  Durations durations_;
  mutable Mutex mutex_;
  std::deque<Failure> failures_ GUARDED_BY(mutex_);
};

}  // namespace nsm
