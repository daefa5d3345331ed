// SPDX-License-Identifier: Apache-2.0
// One service that a client wants: gets the connection, refreshes it, and gets it again when it is lost or
// carries no packets any more.
//
// Which endpoint. The same is asked for again as long as packets reach it. One that they reach no more is
// given up for any. Whatever is then connected and carries nothing, the same one included, is given up as
// well, after pauses of a second and more, twice as long each time: without another endpoint the log and the
// state say that nothing comes through, and the connection is there when it does. An endpoint from which
// nothing ever came is only reported, as long as this session has not seen better: it may be one that answers
// no echoes.
//
// Threading: one thread of its own; OnEvent may be called from any.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "nlohmann/json.hpp"
#include "src/client/earlier_connections.h"
#include "src/client/given_prefixes.h"
#include "src/client/packet_watch.h"
#include "src/client/service_url.h"
#include "src/core/clock.h"
#include "src/core/ids.h"
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
  NetnsCookie netns_cookie;     // none where the kernel is too old
  absl::Duration request_timeout = absl::Seconds(15);
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
  // Ends the thread, then closes the connection, if there is one.
  absl::Status Close() EXCLUDES(mutex_);

  const std::string& id() const { return id_; }
  // The connection as last answered; none while there is none.
  std::optional<Connection> connection() const EXCLUDES(mutex_);
  // The same for people; what is wrong with it makes its state DOWN and is said. Null while there is none.
  nlohmann::json ToJson() const EXCLUDES(mutex_);

 private:
  void Run() EXCLUDES(mutex_);
  // One attempt. On success when to refresh.
  absl::StatusOr<absl::Time> Attempt() EXCLUDES(mutex_);
  absl::Status Resume() EXCLUDES(mutex_);
  // What to ask for: anew, as it is, or (after a failure with a dead data path) from any endpoint.
  NetworkServiceRequest MakeRequest() const EXCLUDES(mutex_);
  // Puts what the client's other connections have in place of what was put there before.
  void ExcludeOthers(Connection& connection);
  absl::StatusOr<Connection> Ask(const NetworkServiceRequest& request) EXCLUDES(mutex_);
  // Asks once more for what another connection has been given meanwhile, and refuses it if that does not
  // help.
  absl::StatusOr<Connection> AskForOwn(NetworkServiceRequest request) EXCLUDES(mutex_);
  void OnPackets(Packets packets) EXCLUDES(mutex_);
  void GiveUpEndpointIfDead(bool has_failed) EXCLUDES(mutex_);
  bool IsReselecting() const EXCLUDES(mutex_);
  void Unwatch();
  // Until then, or until the endpoint is to be given up, or an event that calls for a Request. False at the
  // end of this object.
  bool Wait(absl::Time until, bool until_event) EXCLUDES(mutex_);
  void Stop() EXCLUDES(mutex_);
  // For people: the service and its interface.
  std::string Name() const;

  const std::string id_;
  const ServiceUrl service_;
  const SessionConfig config_;
  const SessionParts parts_;
  const std::shared_ptr<grpc::Channel> channel_;
  bool has_resumed_ = false;
  std::set<std::string> excluded_;  // by us, in the last Request
  std::vector<EchoWay> ways_;       // that are watched
  mutable Mutex mutex_;
  CondVar changed_;
  std::optional<Connection> connection_ GUARDED_BY(mutex_);
  absl::Status failed_ GUARDED_BY(mutex_);  // the last Request
  grpc::ClientContext* call_ GUARDED_BY(mutex_) = nullptr;
  Packets packets_ GUARDED_BY(mutex_) = Packets::kUnknown;
  absl::Time packets_since_ GUARDED_BY(mutex_) = absl::InfinitePast();
  bool have_come_through_ GUARDED_BY(mutex_) = false;  // ever
  int given_up_ GUARDED_BY(mutex_) = 0;                // endpoints, since packets came through
  absl::Duration give_up_at_ GUARDED_BY(mutex_) = absl::InfiniteDuration();  // as Clock::Elapsed
  bool reselect_ GUARDED_BY(mutex_) = false;
  bool woken_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace nsm::client
