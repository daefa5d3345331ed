// SPDX-License-Identifier: Apache-2.0
// Whether a connection carries packets: an echo request from the client's address to the endpoint's.
#pragma once

#include "absl/time/time.h"
#include "src/nsm/wire/wire.h"

namespace nsm::client {

// Pings every pair of addresses of one family from this process's namespace, several times within `timeout`;
// each must answer at least once. True without addresses, and where pings are not permitted: nothing is known
// then.
bool IsAlive(const Connection& connection, absl::Duration timeout);

}  // namespace nsm::client
