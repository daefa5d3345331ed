// SPDX-License-Identifier: Apache-2.0
// Element, the last of a chain: the registry of another program, by gRPC.
//
// The path of a registration goes there and back in the call's metadata. Errors name the address.
#pragma once

#include <memory>

#include "grpcpp/channel.h"
#include "src/core/url.h"
#include "src/nsm/registry/registry_chain.h"
#include "src/nsm/rpc/channel_pool.h"

namespace nsm {

template <typename Kind>
class GrpcRegistry final : public RegistryElement<Kind> {
 public:
  using Entry = typename Kind::Entry;
  // Connects when it is first used.
  GrpcRegistry(ChannelPool& channels, Url url) : channels_(channels), url_(std::move(url)) {}
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<Kind> next) override;
  absl::Status Unregister(Context& context, Entry entry, RegistryNext<Kind> next) override;
  std::shared_ptr<FindCall> Find(const Context& context, typename Kind::Query query,
                                 std::shared_ptr<FindSink<Kind>> sink, RegistryNext<Kind> next) override;

 private:
  ChannelPool& channels_;
  const Url url_;
};

}  // namespace nsm
