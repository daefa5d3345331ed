// SPDX-License-Identifier: Apache-2.0
// What filters are attached to.
#pragma once

#include "absl/status/status.h"
#include "src/core/ids.h"
#include "src/netlink/socket.h"

namespace nsm::netlink {

// Makes place for filters of what arrives at a link; fine if it is there, also as clsact.
absl::Status EnsureIngressQdisc(Socket& socket, Ifindex index);
// Makes place for filters of both directions; fine if it is there. FAILED_PRECONDITION: there is one for what
// arrives alone, and the kernel would ask a filter of what leaves about what arrives. The kernel looks
// through a list of all such places of the host whenever one is made, so it is only for links that need it.
absl::Status EnsureClsact(Socket& socket, Ifindex index);

}  // namespace nsm::netlink
