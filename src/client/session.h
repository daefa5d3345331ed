// SPDX-License-Identifier: Apache-2.0
// One service that a client wants: gets the connection, refreshes it, and gets it again when it is lost.
//
// Threading: one thread of its own; OnEvent may be called from any.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "src/client/service_url.h"
#include "src/core/clock.h"
#include "src/core/ip_address.h"
#include "src/core/mutex.h"
#include "src/core/url.h"
#include "src/nsm/monitor/next_hop_monitor.h"
#include "src/nsm/rpc/channel_pool.h"
#include "src/nsm/wire/wire.h"

namespace nsm::client {

struct SessionConfig {
  std::string name;  // of the client, its path segment
  Url connect_to;    // the NSMgr
  std::map<std::string, std::string> labels;
  std::string netns_inode_url;  // of the client
  absl::Duration request_timeout = absl::Seconds(15);
  std::vector<IpPrefix> routes;         // that the endpoint reaches through this client
  std::function<void()> on_first_time;  // called when the connection is there for the first time
  // A Request failed: what was asked for, and why. It is asked for again.
  std::function<void(const Connection& asked, const absl::Status& why)> on_failure;
};

class Session {
 public:
  // `id` is the connection's and stays the same over restarts of the client: what the NSMgr still has under
  // it is taken up again.
  Session(std::string id, ServiceUrl service, const SessionConfig& config, ChannelPool& channels,
          const Clock& clock, NextHopMonitor& monitor);
  ~Session();

  // What the NSMgr tells of the connection. One that it has closed by itself is asked for anew, from any
  // endpoint.
  void OnEvent(NextHopNews news, const Connection* theirs) EXCLUDES(mutex_);
  // Ends the thread, then closes the connection, if there is one.
  absl::Status Close() EXCLUDES(mutex_);

  const std::string& id() const { return id_; }
  // The connection as last answered; none while there is none.
  std::optional<Connection> connection() const EXCLUDES(mutex_);

 private:
  void Run() EXCLUDES(mutex_);
  // One attempt. On success when to refresh.
  absl::StatusOr<absl::Time> Request();
  // What to ask for: anew, as it is, or (after a failure with a dead data path) from any endpoint.
  NetworkServiceRequest MakeRequest() const EXCLUDES(mutex_);
  void Resume();
  void GiveUpEndpointIfDead() EXCLUDES(mutex_);
  absl::Status CloseNow(const Connection& connection, absl::Duration timeout);
  // Until then, or an event that calls for a Request. False at the end of this object.
  bool Wait(absl::Time until, bool until_event) EXCLUDES(mutex_);
  void Stop() EXCLUDES(mutex_);

  const std::string id_;
  const ServiceUrl service_;
  const SessionConfig config_;
  ChannelPool& channels_;
  const Clock& clock_;
  NextHopMonitor& monitor_;
  const std::shared_ptr<grpc::Channel> channel_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::optional<Connection> connection_ GUARDED_BY(mutex_);
  bool reselect_ GUARDED_BY(mutex_) = false;
  bool woken_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace nsm::client
