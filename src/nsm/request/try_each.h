// SPDX-License-Identifier: Apache-2.0
// One candidate for the next hop after the other, each with its share of the time.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_join.h"
#include "src/core/clock.h"
#include "src/core/status_macros.h"
#include "src/nsm/request/chain.h"
#include "src/nsm/rpc/deadline.h"

namespace nsm {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

inline bool IsUnreached(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

struct AnyFailure {
  bool operator()(const absl::Status&) const { return true; }
};

// Makes `ask(candidate, is_last)` with one candidate (of at least one) after the other, until one succeeds,
// one fails so that `goes_on(status)` says no, or the time is over; the last one's result. The context's
// deadline is the share of whoever is asked.
template <typename Candidate, typename Ask, typename GoesOn = AnyFailure>
auto AskInTurn(Context& context, const Clock& clock, const std::vector<Candidate>& candidates, const Ask& ask,
               const GoesOn& goes_on = {}) -> decltype(ask(candidates.front(), true)) {
  const absl::Time deadline = context.deadline;
  for (size_t tried = 0;; ++tried) {
    const size_t left = candidates.size() - tried;
    context.deadline = ShareOfDeadline(deadline, clock.Now(), left);
    auto result = ask(candidates[tried], left == 1);
    if (result.ok() || left == 1 || !goes_on(StatusOf(result)) || clock.Now() >= deadline) return result;
  }
}

// The request at the URL of an endpoint, or of a forwarder, which is one to its NSMgr.
inline absl::StatusOr<Connection> RequestAt(const NetworkServiceEndpoint& endpoint, Context& context,
                                            NetworkServiceRequest request, const Next& next) {
  ASSIGN_OR_RETURN(context.next_hop, Url::Parse(endpoint.url()));
  return next.Request(context, std::move(request));
}

// Makes one URL (of at least one) after the other the next hop of `call(message)`, until it is reached. An
// error has what all of them said.
template <typename Message, typename Call>
auto TryEach(Context& context, const std::vector<Url>& urls, const Clock& clock, Message message,
             const Call& call) -> decltype(call(std::move(message))) {
  std::vector<std::string> errors;
  auto ask = [&](const Url& url, bool is_last) {
    context.next_hop = url;
    auto result = call(is_last ? std::move(message) : message);
    if (!result.ok()) errors.push_back(std::string(StatusOf(result).message()));
    return result;
  };
  auto result = AskInTurn(context, clock, urls, ask, IsUnreached);
  if (result.ok()) return result;
  return absl::Status(StatusOf(result).code(), absl::StrJoin(errors, "; "));
}

}  // namespace nsm
