// SPDX-License-Identifier: Apache-2.0
// One service that a client wants: gets the connection, refreshes it, and gets it again when it is lost or
// carries no packets any more.
//
// The same endpoint is asked for again as long as packets reach it, else any (patience.h says when). While
// none come through the log and the state say so.
//
// Threading: one thread of its own; OnEvent may be called from any.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "nlohmann/json.hpp"
#include "src/client/earlier_connections.h"
#include "src/client/given_prefixes.h"
#include "src/client/packet_watch.h"
#include "src/client/patience.h"
#include "src/client/requester.h"
#include "src/client/service_url.h"
#include "src/core/clock.h"
#include "src/core/ids.h"
#include "src/core/ip_address.h"
#include "src/core/mutex.h"
#include "src/core/url.h"
#include "src/nsm/identity/policies.h"
#include "src/nsm/monitor/next_hop_monitor.h"
#include "src/nsm/rpc/channel_pool.h"
#include "src/nsm/wire/wire.h"

namespace nsm::client {

struct SessionConfig {
  std::string name;  // of the client, its path segment
  Url connect_to;    // the NSMgr
  std::map<std::string, std::string> labels;
  std::string netns_inode_url;  // of the client
  NetnsCookie netns_cookie;     // none where the kernel is too old
  absl::Duration request_timeout = absl::Seconds(15);
  Policies policies = {};               // that answers keep
  std::vector<IpPrefix> routes;         // that the endpoint reaches through this client
  std::string default_route;            // the interface whose other end is the way to everywhere; or empty
  std::function<void()> on_first_time;  // called when the connection is there for the first time
  // A Request failed: what was asked for, and why. It is asked for again.
  std::function<void(const Connection& asked, const absl::Status& why)> on_failure;
};

// The labels that a service is asked for with: its own before the client's.
std::map<std::string, std::string> LabelsOf(const ServiceUrl& service, const SessionConfig& config);

// What the sessions of one client share.
struct SessionParts {
  ChannelPool& channels;
  const Clock& clock;
  NextHopMonitor& monitor;
  EarlierConnections& earlier;
  PacketWatch& packets;
  GivenPrefixes& given;
};

class Session {
 public:
  // `id` is the connection's and stays the same over restarts of the client: what the NSMgr still has under
  // it is taken up again.
  Session(std::string id, ServiceUrl service, const SessionConfig& config, const SessionParts& parts);
  ~Session();

  // What the NSMgr tells of the connection. One that it has closed by itself is asked for anew, from any
  // endpoint.
  void OnEvent(NextHopNews news, const Connection* theirs) EXCLUDES(mutex_);
  // Ends the thread, then closes the connection, if there is one. Takes a few seconds at most: what the
  // thread still asks is cancelled when it takes longer.
  absl::Status Close() EXCLUDES(mutex_);

  const std::string& id() const { return id_; }
  // The connection as last answered; none while there is none.
  std::optional<Connection> connection() const EXCLUDES(mutex_);
  // The same for people; what is wrong with it makes its state DOWN and is said. Null while there is none.
  nlohmann::json ToJson() const EXCLUDES(mutex_);
  // What is wanted, whether the last Request for it went well ("connected"), and why not.
  nlohmann::json WantedToJson() const EXCLUDES(mutex_);

 private:
  void Run() EXCLUDES(mutex_);
  // One attempt. On success when to refresh.
  absl::StatusOr<absl::Time> Attempt() EXCLUDES(mutex_);
  absl::Status Resume() EXCLUDES(mutex_);
  // What to ask for: anew, as it is, or (after a failure with a dead data path) from any endpoint.
  NetworkServiceRequest MakeRequest() const EXCLUDES(mutex_);
  void OnPackets(Packets packets) EXCLUDES(mutex_);
  void GiveUpEndpointIfDead(bool has_failed) EXCLUDES(mutex_);
  bool IsReselecting() const EXCLUDES(mutex_);
  void Unwatch() EXCLUDES(mutex_);
  // Until then, or until the endpoint is to be given up, or an event that calls for a Request. False at the
  // end of this object.
  bool Wait(absl::Time until, bool until_event) EXCLUDES(mutex_);
  void Stop() EXCLUDES(mutex_);

  const std::string id_;
  const ServiceUrl service_;
  const SessionConfig config_;
  const SessionParts parts_;
  Requester requester_;
  bool has_resumed_ = false;
  std::vector<EchoWay> ways_;  // that are watched
  mutable Mutex mutex_;
  CondVar changed_;
  std::optional<Connection> connection_ GUARDED_BY(mutex_);
  absl::Status failed_ GUARDED_BY(mutex_);  // the last Request
  bool connected_ GUARDED_BY(mutex_) = false;
  Patience patience_ GUARDED_BY(mutex_);
  absl::Time packets_since_ GUARDED_BY(mutex_) = absl::InfinitePast();  // have been as they are
  bool reselect_ GUARDED_BY(mutex_) = false;
  bool woken_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool over_ GUARDED_BY(mutex_) = false;  // the thread
  std::thread thread_;
};

}  // namespace nsm::client
