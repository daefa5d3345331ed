// SPDX-License-Identifier: Apache-2.0
// One request on a connection, which its deadline or its caller may end early.
#pragma once

#include <memory>
#include <stop_token>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/core/clock.h"
#include "src/core/mutex.h"
#include "src/core/timer_queue.h"
#include "src/kubernetes/http_connection.h"

namespace nsm::kubernetes {

// Threading: Send once; the rest is called by timers and by whoever stops it.
class HttpCall : public std::enable_shared_from_this<HttpCall> {
 public:
  HttpCall(std::shared_ptr<HttpConnection> connection, const Clock& clock, TimerQueue& timers)
      : connection_(std::move(connection)), clock_(clock), timers_(timers) {}

  // As the connection's. `limit`: for the whole of it, for a `stream` until that is open. CANCELLED: stopped.
  absl::StatusOr<HttpResponse> Send(const HttpRequest& request, absl::Duration limit, absl::Duration silence,
                                    const std::stop_token& stop, const HttpStream* stream) EXCLUDES(mutex_);

 private:
  void Abort(const absl::Status& why) EXCLUDES(mutex_);

  const std::shared_ptr<HttpConnection> connection_;
  const Clock& clock_;
  TimerQueue& timers_;
  Mutex mutex_;
  absl::Status aborted_ GUARDED_BY(mutex_);  // why; OK: it was not
  bool done_ GUARDED_BY(mutex_) = false;
};

}  // namespace nsm::kubernetes
