// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/grpc_status.h"

#include "absl/strings/str_cat.h"

namespace nsm {

grpc::Status ToGrpc(const absl::Status& status, absl::string_view hop) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      absl::StrCat(hop, ": ", status.message()));
}

}  // namespace nsm
