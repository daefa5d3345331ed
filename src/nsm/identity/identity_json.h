// SPDX-License-Identifier: Apache-2.0
// What a program shows of its identity.
#pragma once

#include "nlohmann/json.hpp"
#include "src/nsm/identity/identity.h"

namespace nsm {

inline nlohmann::json ToJson(const Identity& identity) {
  nlohmann::json json = {{"id", identity.id()}, {"secure", identity.is_secure()}};
  if (!identity.is_secure()) return json;
  json["generation"] = identity.generation();
  json["ends"] = absl::FormatTime(absl::RFC3339_sec, identity.end(), absl::UTCTimeZone());
  return json;
}

}  // namespace nsm
