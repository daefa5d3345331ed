// SPDX-License-Identifier: Apache-2.0
// IPsec of a namespace.
#pragma once

#include "absl/status/statusor.h"

namespace nsm::netlink {

// Whether the calling thread's namespace has policies that packets must be encrypted, or come so.
absl::StatusOr<bool> HasXfrmPolicies();

}  // namespace nsm::netlink
