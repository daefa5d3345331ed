// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/grpc_status.h"

#include "absl/strings/str_cat.h"

namespace nsm {
namespace {

// gRPC's text where the time of the call itself is over. That of a hop further on comes with the hop's name.
constexpr char kOwnDeadline[] = "Deadline Exceeded";

bool IsOwnDeadline(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED && status.error_message() == kOwnDeadline;
}

}  // namespace

absl::Status FromGrpc(const grpc::Status& status, const Url& callee) {
  if (!IsOwnDeadline(status)) return FromGrpc(status);
  return absl::DeadlineExceededError(absl::StrCat("no answer from ", callee.ToString(), " in time"));
}

absl::Status FromRegistry(const grpc::Status& status, const Url& registry) {
  absl::Status error = FromGrpc(status, registry);
  if (error.ok() || IsOwnDeadline(status)) return error;
  return absl::Status(error.code(), absl::StrCat("asking ", registry.ToString(), ": ", error.message()));
}

grpc::Status ToGrpc(const absl::Status& status, absl::string_view hop) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      absl::StrCat(hop, ": ", status.message()));
}

}  // namespace nsm
