// SPDX-License-Identifier: Apache-2.0
// The program that nsmctl talks to.
#pragma once

#include <memory>
#include <string>

#include "src/core/clock.h"
#include "src/core/status_macros.h"
#include "src/nsm/rpc/channel_pool.h"

namespace nsm::cmd {

struct Peer {
  // `who` outlives this.
  explicit Peer(Identity& who) : channels(who, absl::Seconds(2)) {}
  absl::Status Dial(const std::string& address) {
    ASSIGN_OR_RETURN(url, Url::Parse(address));
    channel = channels.Get(url);
    return channels.Dial(*channel, url, Deadline());
  }
  // Of one call.
  absl::Time Deadline() const { return clock.Now() + absl::Seconds(10); }

  SystemClock clock;
  ChannelPool channels;
  Url url;
  std::shared_ptr<grpc::Channel> channel;
};

}  // namespace nsm::cmd
