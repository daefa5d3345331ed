// SPDX-License-Identifier: Apache-2.0
#include "src/core/interface_name.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace nsm {
namespace {

bool MayBeInAName(unsigned char byte) {
  // The kernel's isspace: also a no-break space of Latin-1.
  const bool is_space = byte == ' ' || (byte >= '\t' && byte <= '\r') || byte == 0xa0;
  return !is_space && byte != 0 && byte != '/' && byte != ':' && byte != '%';
}

bool IsInterfaceName(absl::string_view name) {
  if (name.empty() || name.size() > kLongestInterfaceName) return false;
  if (name == "." || name == ".." || name == "all" || name == "default") return false;
  return std::all_of(name.begin(), name.end(), MayBeInAName);
}

}  // namespace

absl::Status CheckInterfaceName(absl::string_view name) {
  if (IsInterfaceName(name)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("\"", absl::CHexEscape(name),
                                                 "\" is not an interface name (1 to ", kLongestInterfaceName,
                                                 " bytes, none of them white space, \"/\", \":\" or \"%\")"));
}

}  // namespace nsm
