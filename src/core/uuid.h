// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace nsm {

// A random (version 4) UUID in its usual text form (RFC 9562). Thread safe.
std::string NewUuid();

}  // namespace nsm
