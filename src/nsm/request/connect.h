// SPDX-License-Identifier: Apache-2.0
// Element, the last of a chain: calls the next hop, which an element before it has put into the context.
#pragma once

#include "src/core/clock.h"
#include "src/nsm/request/chain.h"
#include "src/nsm/rpc/channel_pool.h"

namespace nsm {

class Connect final : public Element {
 public:
  Connect(ChannelPool& channels, const Clock& clock) : channels_(channels), clock_(clock) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  // Without a next hop there is nobody to tell: OK.
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  ChannelPool& channels_;
  const Clock& clock_;
};

}  // namespace nsm
