// SPDX-License-Identifier: Apache-2.0
// Registry entries as JSON for people and tests.
#pragma once

#include <vector>

#include "nlohmann/json.hpp"
#include "src/nsm/wire/wire.h"

namespace nsm::cmd {

nlohmann::json ToJson(const std::vector<NetworkService>& services);
nlohmann::json ToJson(const std::vector<NetworkServiceEndpoint>& endpoints);

}  // namespace nsm::cmd
