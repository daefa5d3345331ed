// SPDX-License-Identifier: Apache-2.0
// Prefixes that stand for everything.
#pragma once

#include "src/core/ip_address.h"

namespace nsm {

// Whether a prefix leads to so much that it is as good as a default route: there is no wider one that is a
// network of somebody's own (10.0.0.0/8, fc00::/7).
inline bool CountsAsDefault(const IpPrefix& prefix) {
  return prefix.length() < (prefix.address().is_v4() ? 8 : 7);
}

}  // namespace nsm
