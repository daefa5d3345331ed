// SPDX-License-Identifier: Apache-2.0
// Addresses in tests, from texts that are known to be right.
#pragma once

#include <string>

#include "src/core/ip_address.h"

namespace nsm {

inline IpAddress Ip(const std::string& text) { return IpAddress::Parse(text).value(); }
inline IpPrefix Prefix(const std::string& text) { return IpPrefix::Parse(text).value(); }

}  // namespace nsm
