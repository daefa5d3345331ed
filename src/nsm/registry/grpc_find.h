// SPDX-License-Identifier: Apache-2.0
// A Find at another program: the client's end of the stream.
#pragma once

#include <memory>

#include "grpcpp/channel.h"
#include "src/core/url.h"
#include "src/nsm/registry/registry_chain.h"
#include "src/nsm/rpc/channel_pool.h"

namespace nsm {

// Answers without a name or beyond the limits are left out; more of them than a search without watch takes
// end it with RESOURCE_EXHAUSTED.
//
// Starts and does not wait. A search without watch ends by `deadline`, at the latest after
// kLongestRegistryCall; one with watch has none and goes on until it is cancelled or the other program dies.
// Errors name `url`. Never null.
template <typename Kind>
std::shared_ptr<FindCall> StartGrpcFind(ChannelPool& channels, std::shared_ptr<grpc::Channel> channel,
                                        const Url& url, absl::Time deadline, typename Kind::Query query,
                                        std::shared_ptr<FindSink<Kind>> sink);

}  // namespace nsm
