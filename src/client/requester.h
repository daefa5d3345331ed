// SPDX-License-Identifier: Apache-2.0
// Asks the NSMgr for one connection, which gets no address that another connection of the client has.
//
// What those have been given is excluded in each request. An endpoint that gives it all the same, since it
// was asked at the same time or does not look, is asked once more, and refused if that does not help.
//
// Threading: calls come one after the other; Cancel and Stop may come from any thread.
#pragma once

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/client/given_prefixes.h"
#include "src/core/clock.h"
#include "src/core/url.h"
#include "src/nsm/identity/policies.h"
#include "src/nsm/monitor/next_hop_monitor.h"
#include "src/nsm/rpc/call_group.h"
#include "src/nsm/rpc/channel_pool.h"
#include "src/nsm/wire/wire.h"

namespace nsm::client {

class Requester {
 public:
  struct Config {
    std::string id;    // of the connection
    std::string name;  // the same for people
    Url nsmgr;
    absl::Duration timeout;  // of each Request
    Policies policies = {};  // that answers keep
  };
  // All of them outlive this.
  Requester(Config config, ChannelPool& channels, const Clock& clock, NextHopMonitor& monitor,
            GivenPrefixes& given)
      : config_(std::move(config)), channels_(channels), clock_(clock), monitor_(monitor), given_(given) {}

  // After a success the NSMgr's news are claimed, and to be watched. RESOURCE_EXHAUSTED names what was
  // excluded, ALREADY_EXISTS whose address was given again.
  absl::StatusOr<Connection> Request(NetworkServiceRequest request);
  // Closes what is wanted no more; what fails is only logged.
  void GiveUp(const Connection& connection, absl::Duration timeout);

  // The call that runs ends with CANCELLED.
  void Cancel() { calls_.Cancel(); }
  // So do all that follow.
  void Stop() { calls_.Stop(); }
  // For others' calls that are to end with these.
  CallGroup& calls() { return calls_; }

 private:
  // Puts what the client's other connections have in place of what was put there before.
  void ExcludeOthers(Connection& connection);
  absl::StatusOr<Connection> Ask(const NetworkServiceRequest& request);
  absl::Status CheckAnswer(const Connection& answer, const Peer& nsmgr) const;
  // Asks for something else than the answer, which has what another connection has (`taken` says so).
  absl::StatusOr<Connection> AskForOther(NetworkServiceRequest request, const Connection& answer,
                                         absl::Status taken);

  const Config config_;
  ChannelPool& channels_;
  const Clock& clock_;
  NextHopMonitor& monitor_;
  GivenPrefixes& given_;
  CallGroup calls_;
  std::set<std::string> excluded_;  // by us, in the last Request
};

}  // namespace nsm::client
