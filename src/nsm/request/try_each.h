// SPDX-License-Identifier: Apache-2.0
// One next hop after the other, until one is reached.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_join.h"
#include "src/core/clock.h"
#include "src/nsm/rpc/context.h"

namespace nsm {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

inline bool IsUnreached(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

// Makes one URL (of at least one) after the other the next hop of `call(message)`, until it is reached. Each
// has its share of the time, and an error has what all of them said.
template <typename Message, typename Call>
auto TryEach(Context& context, const std::vector<Url>& urls, const Clock& clock, Message message,
             const Call& call) -> decltype(call(std::move(message))) {
  const absl::Time deadline = context.deadline;
  std::vector<std::string> errors;
  for (size_t i = 0;; ++i) {
    const absl::Time now = clock.Now();
    context.next_hop = urls[i];
    context.deadline = now + (deadline - now) / static_cast<int64_t>(urls.size() - i);
    const bool is_last = i + 1 == urls.size();
    auto result = call(is_last ? std::move(message) : message);
    if (result.ok()) return result;
    errors.push_back(std::string(StatusOf(result).message()));
    if (!is_last && IsUnreached(StatusOf(result))) continue;
    return absl::Status(StatusOf(result).code(), absl::StrJoin(errors, "; "));
  }
}

}  // namespace nsm
