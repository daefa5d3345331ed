// SPDX-License-Identifier: Apache-2.0
// Element, the last of a chain: calls the next hop, which an element before it has put into the context.
#pragma once

#include "src/core/clock.h"
#include "src/nsm/monitor/next_hop_monitor.h"
#include "src/nsm/request/chain.h"
#include "src/nsm/rpc/channel_pool.h"

namespace nsm {

class Connect final : public Element {
 public:
  // `peers`: who next hops may be.
  Connect(ChannelPool& channels, Peers peers, NextHopMonitor& monitor, const Clock& clock)
      : channels_(channels), peers_(peers), monitor_(monitor), clock_(clock) {}
  // Claims the next hop's news of the connection before it is asked.
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  // Goes where the connection was made, without a look-up; where that is not known or there is nobody any
  // more, to where the look-up says. Without a next hop there is nobody to tell: OK.
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  absl::Status CloseAtNextHop(Context& context, const Connection& connection);

  ChannelPool& channels_;
  const Peers peers_;
  NextHopMonitor& monitor_;
  const Clock& clock_;
};

}  // namespace nsm
