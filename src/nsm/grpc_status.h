// SPDX-License-Identifier: Apache-2.0
// The one place where absl::Status and grpc::Status meet. Codes are the same numbers in both.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpcpp/support/status.h"

namespace nsm {

inline absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

// Names the hop in front of the message, so that the caller reads the way that the error came.
grpc::Status ToGrpc(const absl::Status& status, absl::string_view hop);

}  // namespace nsm
