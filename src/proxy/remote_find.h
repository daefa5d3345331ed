// SPDX-License-Identifier: Apache-2.0
// One Find in another domain: resolves the domain, then asks its addresses one after the other, those first
// to which there is a connection, until one answers. Blocks nobody.
#pragma once

#include <memory>
#include <string>

#include "src/core/worker_pool.h"
#include "src/nsm/registry/registry_chain.h"
#include "src/nsm/rpc/channel_pool.h"
#include "src/proxy/resolver.h"

namespace nsm::proxy {

// What searches in other domains work with; outlives them.
struct RemoteParts {
  Resolver& resolver;
  ChannelPool& channels;
  WorkerPool& workers;  // for DNS, which blocks
};

// `query` goes as it is, so its names have no domain; names in the answers get `domain`. Without watch it
// ends by `deadline`; each address gets its share of the time. Never null.
template <typename Kind>
std::shared_ptr<FindCall> StartRemoteFind(const RemoteParts& parts, std::string domain, absl::Time deadline,
                                          typename Kind::Query query, std::shared_ptr<FindSink<Kind>> sink);

}  // namespace nsm::proxy
