// SPDX-License-Identifier: Apache-2.0
// Transactions: one byte there and one back, the next when that has come.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/core/ip_address.h"

namespace nsm::bench {

struct Transactions {
  double per_second = 0;
  double p50 = 0;  // microseconds, from sending to the answer
  double p99 = 0;
};

// `type` is SOCK_STREAM or SOCK_DGRAM; with a server of the same type at the other end.
absl::StatusOr<Transactions> MeasureTransactions(int type, const IpAddress& server, absl::Duration duration);

// Answers one client after the other; returns only when it cannot.
absl::Status ServeTransactions(int type);

}  // namespace nsm::bench
