// SPDX-License-Identifier: Apache-2.0
// Whether a connection carries packets: echoes from the client's addresses to the endpoint's.
#pragma once

#include <vector>

#include "absl/time/time.h"
#include "src/client/echo.h"
#include "src/nsm/wire/wire.h"

namespace nsm::client {

// Pairs of addresses of one family, through the connection's interface: all of them, up to 16.
std::vector<EchoWay> EchoWays(const Connection& connection);

// Sends several echoes on each way from this process's namespace within `timeout`; on each one must be
// answered. True without addresses: nothing is known then.
bool IsAlive(const Connection& connection, absl::Duration timeout);

}  // namespace nsm::client
