// SPDX-License-Identifier: Apache-2.0
#include "src/core/ids.h"

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace nsm {

absl::StatusOr<Vni> Vni::Parse(absl::string_view text) {
  uint32_t value = 0;
  if (!absl::SimpleAtoi(text, &value) || value == 0 || value > kMax) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not a VNI (1 to ", kMax, ")"));
  }
  return Vni{value};
}

absl::StatusOr<NetnsInode> NetnsInode::ParseUrl(absl::string_view url) {
  absl::string_view rest = url;
  NetnsInode result;
  size_t slash = absl::string_view::npos;
  if (absl::ConsumePrefix(&rest, "inode://")) slash = rest.find('/');
  if (slash == absl::string_view::npos || !absl::SimpleAtoi(rest.substr(0, slash), &result.device) ||
      !absl::SimpleAtoi(rest.substr(slash + 1), &result.inode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", url, "\" does not name a network namespace: expected inode://DEVICE/INODE"));
  }
  return result;
}

std::string NetnsInode::ToUrl() const { return absl::StrCat("inode://", device, "/", inode); }

}  // namespace nsm
