// SPDX-License-Identifier: Apache-2.0
// What who looks after a program asks it from time to time.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "nlohmann/json.hpp"
#include "src/core/url.h"
#include "src/nsm/registry/registration.h"

namespace nsm::cmd {

// The section of Introspection with what a program waits for before it can do its work: a list of texts.
inline constexpr char kWaitsFor[] = "waits_for";

// Of a program that is to be registered with this NSMgr; null: it has not begun with that.
nlohmann::json WaitsFor(const Registration* registration, const Url& nsmgr);

// OK when the program answers; whoever does not is mended by another start. Takes a few seconds at most.
absl::Status CheckAlive(const std::string& address);
// OK when it can do its work; UNAVAILABLE with what it waits for, which another start of it would not bring.
absl::Status CheckReady(const std::string& address);

}  // namespace nsm::cmd
