// SPDX-License-Identifier: Apache-2.0
// The one place where libnl's error codes become statuses. They are not errnos: -NLE_EXIST is -6.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace nsm::netlink {

// `nle` is what a function of libnl returned, negative or zero.
absl::Status FromLibnl(int nle, absl::string_view operation);

}  // namespace nsm::netlink
