// SPDX-License-Identifier: Apache-2.0
// The program that nsmctl talks to.
#pragma once

#include <memory>
#include <string>

#include "src/core/status_macros.h"
#include "src/nsm/rpc/channel_pool.h"

namespace nsm::cmd {

struct Peer {
  absl::Status Dial(const std::string& address) {
    ASSIGN_OR_RETURN(url, Url::Parse(address));
    channel = channels.Get(url);
    return channels.Dial(*channel, url, Deadline());
  }
  // Of one call.
  absl::Time Deadline() const { return clock.Now() + absl::Seconds(10); }

  SystemClock clock;
  InsecureTokenSource tokens{"nsmctl", absl::Minutes(1), clock};
  ChannelPool channels{tokens, absl::Seconds(2)};
  Url url;
  std::shared_ptr<grpc::Channel> channel;
};

}  // namespace nsm::cmd
