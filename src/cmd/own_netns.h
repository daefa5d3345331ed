// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"
#include "src/core/ids.h"

namespace nsm::cmd {

// Where others find the network namespace of this process.
absl::StatusOr<NetnsInode> OwnNetns();
// What tells it from all others, also from later ones in the same place. None on kernels before 5.14.
NetnsCookie OwnNetnsCookie();

}  // namespace nsm::cmd
