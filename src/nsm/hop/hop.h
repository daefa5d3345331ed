// SPDX-License-Identifier: Apache-2.0
// What every program that is a hop of connections works with, in the order in which it is taken down.
#pragma once

#include <string>

#include "src/core/clock.h"
#include "src/core/timer_queue.h"
#include "src/core/worker_pool.h"
#include "src/nsm/identity/identity.h"
#include "src/nsm/identity/policies.h"
#include "src/nsm/monitor/connection_monitor.h"
#include "src/nsm/monitor/next_hop_monitor.h"
#include "src/nsm/request/lives.h"
#include "src/nsm/rpc/channel_pool.h"

namespace nsm {

struct Hop {
  // Clock and identity outlive this. `peers`: of which trust domains next hops may be.
  Hop(std::string hop_name, const Clock& its_clock, Identity& its_identity, absl::Duration dial_timeout,
      Peers peers = Peers::kOwnDomain)
      : name(std::move(hop_name)),
        clock(its_clock),
        identity(its_identity),
        channels(identity, dial_timeout),
        next_hop_peers(peers) {}

  // Passes the next hop's news of a connection on to those in front of us.
  void OnNextHopEvent(const std::string& id, NextHopNews news, const Connection* theirs) {
    if (news == NextHopNews::kChanged) {
      monitor.UpdateFromNextHop(id, *theirs);
    } else {
      monitor.Down(id);
    }
    if (news == NextHopNews::kClosed) lives.Shorten(id, keeps_closed, "closed by the next hop");
  }

  const std::string name;
  const Clock& clock;
  Identity& identity;
  ChannelPool channels;
  const Peers next_hop_peers;
  Policies policies;  // of what calls us; before chains are composed
  ConnectionMonitor monitor{clock};
  WorkerPool workers{16};
  TimerQueue timers{clock, workers};
  Lives lives{clock, expiries};  // until nobody runs any more who ends one
  // What ends by itself is ended at other programs, which may hang: apart, and many at once.
  WorkerPool enders{64};
  TimerQueue expiries{clock, enders};
  // How long what the next hop has closed by itself waits for its caller to ask again.
  absl::Duration keeps_closed = absl::InfiniteDuration();
  NextHopMonitor next_hops{name, channels, next_hop_peers, timers,
                           [this](const std::string& id, NextHopNews news, const Connection* theirs) {
                             OnNextHopEvent(id, news, theirs);
                           }};
};

}  // namespace nsm
