// SPDX-License-Identifier: Apache-2.0
// Programs log by spdlog to standard error; libraries call spdlog::info(...) and its sisters.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace nsm {

// Sets format and level ("debug", "info", "warn", "error") for this process. Call once, first thing in main.
absl::Status SetUpLogging(const std::string& program, const std::string& level);

}  // namespace nsm
