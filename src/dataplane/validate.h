// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"
#include "src/dataplane/cross_connect.h"
#include "src/dataplane/dataplane.h"

namespace nsm::dataplane {

// INVALID_ARGUMENT: no kernel could build this, or not this node.
absl::Status Validate(const CrossConnect& wanted, const NodeConfig& config);

}  // namespace nsm::dataplane
