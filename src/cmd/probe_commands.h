// SPDX-License-Identifier: Apache-2.0
// What who looks after a program asks it: whether it lives, and whether it can do its work.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "src/core/url.h"
#include "src/nsm/identity/identity.h"
#include "src/nsm/registry/registration.h"

namespace nsm::cmd {

// The section of Introspection with what a program waits for before it can do its work: a list of texts.
inline constexpr char kWaitsFor[] = "waits_for";

// Of a program that is to be registered with this NSMgr; null: it has not begun with that.
nlohmann::json WaitsFor(const Registration* registration, const Url& nsmgr);
// Of a client that wants so many services: those that are not connected, and why. `wanted`: what it has begun
// with (Session::WantedToJson).
nlohmann::json WaitsForServices(const std::vector<nlohmann::json>& wanted, size_t count);

// OK when the program answers; whoever does not is mended by another start. Takes a few seconds at most.
absl::Status CheckAlive(Identity& own, const std::string& address);
// OK when it can do its work, which it has so long for; who does not listen yet is waited for, too.
// UNAVAILABLE with what it waits for in the end, which another start of it would not bring.
absl::Status CheckReady(Identity& own, const std::string& address, absl::Duration within);

}  // namespace nsm::cmd
