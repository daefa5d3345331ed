// SPDX-License-Identifier: Apache-2.0
// What filters are attached to.
#pragma once

#include "absl/status/status.h"
#include "src/core/ids.h"
#include "src/netlink/socket.h"

namespace nsm::netlink {

// Makes place for filters of what arrives at a link; fine if it is there, also as clsact. That has a second
// place, for what leaves, and the kernel looks through a list of all the places of the host whenever one is
// made.
absl::Status EnsureIngressQdisc(Socket& socket, Ifindex index);

}  // namespace nsm::netlink
