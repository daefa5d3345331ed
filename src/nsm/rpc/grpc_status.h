// SPDX-License-Identifier: Apache-2.0
// The one place where absl::Status and grpc::Status meet. Codes are the same numbers in both.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpcpp/support/status.h"
#include "src/core/url.h"

namespace nsm {

inline absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

// What a call to `callee` ended with; our own deadline's end names it.
absl::Status FromGrpc(const grpc::Status& status, const Url& callee);

// The same for a call to a registry: every error names it.
absl::Status FromRegistry(const grpc::Status& status, const Url& registry);

// Names the hop in front of the message, so that the caller reads the way that the error came.
grpc::Status ToGrpc(const absl::Status& status, absl::string_view hop);

}  // namespace nsm
