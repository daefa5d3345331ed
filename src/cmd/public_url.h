// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "src/core/url.h"

namespace nsm::cmd {

// Under which of its own addresses a program is reached by other nodes: the first tcp:// one, where an empty
// host stands for this host's first address that is not loopback (IPv4 before IPv6); the first one without a
// tcp://.
absl::StatusOr<Url> PublicUrl(const std::vector<Url>& listen_on);

}  // namespace nsm::cmd
