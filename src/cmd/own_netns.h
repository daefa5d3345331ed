// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"
#include "src/core/ids.h"

namespace nsm::cmd {

// Where others find the network namespace of this process.
absl::StatusOr<NetnsInode> OwnNetns();

}  // namespace nsm::cmd
