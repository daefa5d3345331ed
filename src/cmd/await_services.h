// SPDX-License-Identifier: Apache-2.0
// Whether a client has what it wants: what a startup probe asks, so that a pod's own containers start when
// its connections are up.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace nsm::cmd {

// What nsc tells of its services (Session::WantedToJson), in its introspection.
inline constexpr char kWantedSection[] = "wanted";

// OK: all of them are connected. UNAVAILABLE names those that are not, and why.
absl::Status AllConnected(const nlohmann::json& wanted);

// Waits until the client at `address` has all its services, at most for `limit`; one that does not listen yet
// is waited for, too. The error is the last answer.
absl::Status AwaitServices(const std::string& address, absl::Duration limit);

}  // namespace nsm::cmd
