// SPDX-License-Identifier: Apache-2.0
// What an NSMgr still knows of a client that has been started again.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "src/nsm/rpc/channel_pool.h"
#include "src/nsm/wire/wire.h"

namespace nsm::client {

// The connection, in the NSMgr's view, whose first path segment has this id. None if there is none, or nobody
// answers in time.
std::optional<Connection> FindConnection(ChannelPool& channels, const std::shared_ptr<grpc::Channel>& channel,
                                         const Url& nsmgr, const std::string& id, absl::Time deadline);

}  // namespace nsm::client
