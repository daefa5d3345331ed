// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/wire/interdomain_name.h"

namespace nsm {

std::optional<InterdomainName> InterdomainName::Split(absl::string_view name) {
  size_t at = name.find('@');
  if (at == absl::string_view::npos) return std::nullopt;
  return InterdomainName{.target = std::string(name.substr(0, at)),
                         .domain = std::string(name.substr(at + 1))};
}

}  // namespace nsm
