// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nlohmann/json.hpp"
#include "src/core/durations.h"

namespace nsm {

// {"<name>": {"count": 3, "microseconds": 1200}}
inline nlohmann::json ToJson(const Durations& durations) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [name, sum] : durations.sums()) {
    json[name] = {{"count", sum.count}, {"microseconds", absl::ToInt64Microseconds(sum.total)}};
  }
  return json;
}

}  // namespace nsm
