// SPDX-License-Identifier: Apache-2.0
// What a network interface may be called.
#pragma once

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace nsm {

inline constexpr size_t kLongestInterfaceName = 15;  // bytes; IFNAMSIZ less the NUL

// INVALID_ARGUMENT: Linux would refuse the name (dev_valid_name), or choose another one in its place: what it
// makes of "nsm%d" is "nsm0". "all" and "default" are settings of all interfaces below /proc/sys/net.
absl::Status CheckInterfaceName(absl::string_view name);

}  // namespace nsm
