// SPDX-License-Identifier: Apache-2.0
// Names of services and endpoints in other domains: "name@domain".
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace nsm {

struct InterdomainName {
  // Split at the first '@'; none for a name without one.
  static std::optional<InterdomainName> Split(absl::string_view name);
  std::string ToString() const { return target + "@" + domain; }
  std::string target;
  std::string domain;  // a DNS name or an address, with an optional port
};

}  // namespace nsm
