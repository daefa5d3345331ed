// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/error.h"

#include <netlink/errno.h>

#include "absl/strings/str_cat.h"

namespace nsm::netlink {
namespace {

absl::StatusCode CodeOf(int nle) {
  switch (nle) {
    case NLE_EXIST:
      return absl::StatusCode::kAlreadyExists;
    case NLE_OBJ_NOTFOUND:
    case NLE_NODEV:
    case NLE_NOATTR:
      return absl::StatusCode::kNotFound;
    case NLE_PERM:
    case NLE_NOACCESS:
      return absl::StatusCode::kPermissionDenied;
    case NLE_NOMEM:
      return absl::StatusCode::kResourceExhausted;
    case NLE_INVAL:
    case NLE_RANGE:
      return absl::StatusCode::kInvalidArgument;
    case NLE_AGAIN:
    case NLE_BUSY:
    case NLE_INTR:
    case NLE_DUMP_INTR:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

absl::Status FromLibnl(int nle, absl::string_view operation) {
  if (nle >= 0) return absl::OkStatus();
  return absl::Status(CodeOf(-nle), absl::StrCat(operation, ": ", nl_geterror(nle)));
}

}  // namespace nsm::netlink
