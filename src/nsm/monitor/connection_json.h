// SPDX-License-Identifier: Apache-2.0
// Connections as JSON, for people and tests.
#pragma once

#include <vector>

#include "nlohmann/json.hpp"
#include "src/nsm/monitor/connection_monitor.h"
#include "src/nsm/wire/wire.h"

namespace nsm {

// A connection for a table: id, service, endpoint, path, mechanism, addresses, state.
nlohmann::json ToJson(const Connection& connection);
// The same for those that a monitor knows, with their age in seconds.
nlohmann::json ToJson(const std::vector<KnownConnection>& connections, absl::Time now);

}  // namespace nsm
