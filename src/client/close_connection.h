// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"
#include "src/core/url.h"
#include "src/nsm/rpc/channel_pool.h"
#include "src/nsm/wire/wire.h"

namespace nsm::client {

// Asks the NSMgr to close a connection, which is in the client's view. `calls`: who may cancel that; may be
// null.
absl::Status CloseConnection(ChannelPool& channels, const Url& nsmgr, const Connection& connection,
                             absl::Time deadline, CallGroup* calls = nullptr);

}  // namespace nsm::client
