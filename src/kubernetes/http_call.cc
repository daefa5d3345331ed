// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/http_call.h"

#include "absl/strings/str_cat.h"

namespace nsm::kubernetes {
namespace {

constexpr absl::Duration kAgain = absl::Milliseconds(10);

}  // namespace

void HttpCall::Abort(const absl::Status& why) {
  MutexLock lock(mutex_);
  if (done_) return;
  if (aborted_.ok()) aborted_ = why;
  if (connection_->Abort()) {
    timers_.Schedule(clock_.Now() + kAgain, [self = shared_from_this(), why] { self->Abort(why); });
  }
}

absl::StatusOr<HttpResponse> HttpCall::Send(const HttpRequest& request, absl::Duration limit,
                                            absl::Duration silence, const std::stop_token& stop,
                                            const HttpStream* stream) {
  const TimerId timer = timers_.Schedule(clock_.Now() + limit, [self = shared_from_this(), limit] {
    self->Abort(absl::UnavailableError(absl::StrCat("no answer within ", absl::FormatDuration(limit))));
  });
  HttpStream opened;
  if (stream != nullptr) {
    opened = {.on_open =
                  [&] {
                    timers_.Cancel(timer);
                    stream->on_open();
                  },
              .on_piece = stream->on_piece};
  }
  absl::StatusOr<HttpResponse> response = absl::UnknownError("");
  {
    const std::stop_callback on_stop(stop, [this] { Abort(absl::CancelledError("stopped")); });
    response = connection_->Send(request, silence, stream != nullptr ? &opened : nullptr);
  }
  timers_.Cancel(timer);
  MutexLock lock(mutex_);
  done_ = true;
  if (!response.ok() && !aborted_.ok()) return aborted_;
  return response;
}

}  // namespace nsm::kubernetes
