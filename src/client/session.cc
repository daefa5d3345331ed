// SPDX-License-Identifier: Apache-2.0
#include "src/client/session.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/client/close_connection.h"
#include "src/client/liveness.h"
#include "src/core/status_macros.h"
#include "src/nsm/monitor/connection_json.h"
#include "src/nsm/wire/expiry.h"
#include "src/nsm/wire/mechanism_kind.h"
#include "src/nsm/wire/path.h"

namespace nsm::client {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(1);
constexpr absl::Duration kLivenessTimeout = absl::Milliseconds(500);
constexpr absl::Duration kCloseTimeout = absl::Seconds(5);
// Hops on the way to a dead endpoint may not answer, and another one is to be asked soon.
constexpr absl::Duration kGiveUpTimeout = absl::Milliseconds(500);
// How long what the thread asks may still take when it is to end.
constexpr absl::Duration kGrace = absl::Seconds(1);

// A fifth of the shortest token's life, so that several refreshes may fail before one expires.
absl::Time RefreshAt(const Connection& connection, absl::Time now) {
  absl::Duration shortest = kLongestLife;
  for (const PathSegment& segment : connection.path().path_segments()) {
    shortest = std::min(shortest, LifeOf(segment, now).value_or(kAssumedLife));
  }
  return now + shortest / 5;
}

// What it has given goes, except the addresses: another endpoint may have the same, and let them stay.
void ForgetEndpoint(Connection& connection) {
  connection.set_state(::connection::RESELECT_REQUESTED);
  connection.clear_mechanism();
  connection.clear_network_service_endpoint_name();
  ::connectioncontext::ConnectionContext& context = *connection.mutable_context();
  context.clear_dns_context();
  context.clear_ethernet_context();
  context.clear_mtu();
  ::connectioncontext::IPContext kept;
  kept.mutable_src_ip_addrs()->Swap(context.mutable_ip_context()->mutable_src_ip_addrs());
  kept.mutable_dst_ip_addrs()->Swap(context.mutable_ip_context()->mutable_dst_ip_addrs());
  kept.mutable_excluded_prefixes()->Swap(context.mutable_ip_context()->mutable_excluded_prefixes());
  *context.mutable_ip_context() = std::move(kept);
}

}  // namespace

std::map<std::string, std::string> LabelsOf(const ServiceUrl& service, const SessionConfig& config) {
  std::map<std::string, std::string> labels = service.labels;
  labels.insert(config.labels.begin(), config.labels.end());
  return labels;
}

Session::Session(std::string id, ServiceUrl service, const SessionConfig& config, const SessionParts& parts)
    : id_(std::move(id)),
      service_(std::move(service)),
      config_(config),
      parts_(parts),
      requester_({.id = id_,
                  .name = absl::StrCat(service_.service, " at ", service_.interface),
                  .nsmgr = config.connect_to,
                  .timeout = config.request_timeout,
                  .policies = config.policies},
                 parts.channels, parts.clock, parts.monitor, parts.given) {
  thread_ = std::thread([this] {
    Run();
    MutexLock lock(mutex_);
    over_ = true;
    changed_.NotifyAll();
  });
}

Session::~Session() { Stop(); }

void Session::OnEvent(NextHopNews news, const Connection* theirs) {
  MutexLock lock(mutex_);
  if (!connection_) return;
  bool is_working = news == NextHopNews::kChanged && theirs->state() == ::connection::UP;
  if (is_working) return;
  if (news == NextHopNews::kClosed) reselect_ = true;
  woken_ = true;
  changed_.NotifyAll();
}

absl::Status Session::Close() {
  Stop();
  parts_.monitor.Forget(id_);
  parts_.given.Free(id_);
  std::optional<Connection> connection = this->connection();
  if (!connection) return absl::OkStatus();
  return CloseConnection(parts_.channels, config_.connect_to, *connection,
                         parts_.clock.Now() + kCloseTimeout);
}

std::optional<Connection> Session::connection() const {
  MutexLock lock(mutex_);
  return connection_;
}

nlohmann::json Session::ToJson() const {
  MutexLock lock(mutex_);
  if (!connection_) return nullptr;
  nlohmann::json json = nsm::ToJson(*connection_);
  if (!failed_.ok()) json["failed"] = failed_.ToString();
  if (patience_.packets() == Packets::kComeThrough) json["packets"] = "come through";
  if (patience_.is_silent()) {
    json["packets"] =
        absl::StrCat(patience_.packets() == Packets::kStopped ? "none come through since "
                                                              : "none ever came; watched since ",
                     absl::FormatTime(absl::RFC3339_sec, packets_since_, absl::UTCTimeZone()));
  }
  const bool is_down = !failed_.ok() || patience_.is_silent();
  if (is_down) json["state"] = ::connection::State_Name(::connection::DOWN);
  return json;
}

nlohmann::json Session::WantedToJson() const {
  MutexLock lock(mutex_);
  nlohmann::json json = {
      {"service", service_.service}, {"interface", service_.interface}, {"connected", connected_}};
  if (!failed_.ok()) json["failed"] = failed_.ToString();
  return json;
}

void Session::Run() {
  absl::Duration pause = kFirstPause;
  bool is_up = false;
  bool is_first_time = true;
  while (true) {
    absl::StatusOr<absl::Time> refresh_at = Attempt();
    {
      MutexLock lock(mutex_);
      failed_ = refresh_at.status();
      connected_ = refresh_at.ok();
    }
    if (refresh_at.ok()) {
      if (!std::exchange(is_up, true)) {
        spdlog::info("{} is connected: {}", service_.service, PathToString(connection()->path()));
      }
      if (std::exchange(is_first_time, false) && config_.on_first_time) config_.on_first_time();
      pause = kFirstPause;
      if (!Wait(*refresh_at, /*until_event=*/true)) return;
    } else {
      spdlog::error("{}: {}", service_.service, refresh_at.status().ToString());
      if (config_.on_failure) config_.on_failure(MakeRequest().connection(), refresh_at.status());
      is_up = false;
      // Not until an event: each failure makes one.
      if (!Wait(parts_.clock.Now() + pause, /*until_event=*/false)) return;
      pause = std::min(pause * 2, kLongestPause);
    }
    GiveUpEndpointIfDead(/*has_failed=*/!refresh_at.ok());
  }
}

NetworkServiceRequest Session::MakeRequest() const {
  NetworkServiceRequest request;
  Mechanism& preference = *request.add_mechanism_preferences();
  preference = MakeKernel(config_.netns_inode_url, service_.interface);
  if (config_.default_route == service_.interface) {
    (*preference.mutable_parameters())[mechanism::kDefaultRoute] = mechanism::kYes;
  }

  Connection& connection = *request.mutable_connection();
  MutexLock lock(mutex_);
  if (connection_) connection = *connection_;
  connection.set_state(::connection::UP);
  if (reselect_) ForgetEndpoint(connection);
  connection.set_id(id_);
  connection.set_network_service(service_.service);
  for (const auto& [key, value] : LabelsOf(service_, config_))
    connection.mutable_labels()->insert({key, value});
  // Upstream endpoints look into these without asking whether they are there.
  auto& ip = *connection.mutable_context()->mutable_ip_context();
  connection.mutable_context()->mutable_dns_context();
  if (!connection_ || reselect_) {
    for (const IpPrefix& route : config_.routes) ip.add_dst_routes()->set_prefix(route.ToString());
  }
  if (connection.path().path_segments().empty()) {
    PathSegment& own = *connection.mutable_path()->add_path_segments();
    own.set_name(config_.name);
    own.set_id(id_);
  }
  NoteInterface(metric::kClientInterface, preference, connection);
  return request;
}

absl::StatusOr<absl::Time> Session::Attempt() {
  RETURN_IF_ERROR(Resume());
  if (IsReselecting()) Unwatch();
  ASSIGN_OR_RETURN(Connection answer, requester_.Request(MakeRequest()));
  absl::Time refresh_at = RefreshAt(answer, parts_.clock.Now());
  const std::vector<EchoWay> ways = EchoWays(answer);
  const bool others = ways != std::exchange(ways_, ways);
  {
    MutexLock lock(mutex_);
    connection_ = std::move(answer);
    reselect_ = false;
    // What stopped on others is over.
    if (others) patience_.Restart();
  }
  parts_.monitor.Watch(id_);
  parts_.packets.Watch(id_, ways, [this](Packets packets) { OnPackets(packets); });
  return refresh_at;
}

absl::Status Session::Resume() {
  if (has_resumed_) return absl::OkStatus();
  absl::StatusOr<Connection> known = parts_.earlier.Take(id_, requester_.calls());
  if (!known.ok() && !absl::IsNotFound(known.status())) return known.status();
  has_resumed_ = true;
  if (!known.ok()) return absl::OkStatus();
  spdlog::info("{}: taking up the connection that the NSMgr still has", service_.service);
  // Which of these were ours is not known any more, and the NSMgr adds its own to each Request.
  known->mutable_context()->mutable_ip_context()->clear_excluded_prefixes();
  MutexLock lock(mutex_);
  connection_ = *std::move(known);
  return absl::OkStatus();
}

void Session::OnPackets(Packets packets) {
  MutexLock lock(mutex_);
  if (!connection_) return;
  const bool was_silent = patience_.is_silent();
  patience_.Note(packets, parts_.clock.Elapsed());
  packets_since_ = parts_.clock.Now();
  changed_.NotifyAll();
  const std::string& endpoint = connection_->network_service_endpoint_name();
  if (packets == Packets::kComeThrough) {
    if (was_silent) spdlog::info("{}: packets come through again", service_.service);
  } else if (packets == Packets::kStopped) {
    spdlog::warn("{}: no packets come through any more from endpoint {}", service_.service, endpoint);
    requester_.Cancel();  // whatever is asked now is asked of the dead
  } else if (packets == Packets::kNeverCame) {
    spdlog::warn("{}: no packets come through from endpoint {} since it is connected", service_.service,
                 endpoint);
  }
}

void Session::GiveUpEndpointIfDead(bool has_failed) {
  std::optional<Connection> before;
  bool is_dead = false;
  {
    MutexLock lock(mutex_);
    is_dead = patience_.TakeEnd(parts_.clock.Elapsed());
    if (!connection_ || reselect_ || connection_->network_service_endpoint_name().empty()) return;
    before = connection_;
  }
  if (!is_dead && (!has_failed || IsAlive(*before, kLivenessTimeout))) return;
  spdlog::warn("{}: packets no longer reach endpoint {}; asking for any", service_.service,
               before->network_service_endpoint_name());
  Unwatch();
  requester_.GiveUp(*before, kGiveUpTimeout);
  MutexLock lock(mutex_);
  reselect_ = true;
  patience_.GaveUp();
}

bool Session::IsReselecting() const {
  MutexLock lock(mutex_);
  return reselect_;
}

void Session::Unwatch() {
  parts_.packets.Forget(id_);
  ways_.clear();
  MutexLock lock(mutex_);
  patience_.LookAway();
}

bool Session::Wait(absl::Time until, bool until_event) {
  const absl::Duration end = parts_.clock.Elapsed() + (until - parts_.clock.Now());
  MutexLock lock(mutex_);
  while (!stopping_ && !(until_event && woken_)) {
    absl::Duration left = std::min(end, patience_.ends()) - parts_.clock.Elapsed();
    if (left <= absl::ZeroDuration()) break;
    changed_.WaitFor(mutex_, left);
  }
  woken_ = false;
  return !stopping_;
}

void Session::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
    const absl::Duration end = parts_.clock.Elapsed() + kGrace;
    while (!over_ && parts_.clock.Elapsed() < end) {
      changed_.WaitFor(mutex_, end - parts_.clock.Elapsed());
    }
  }
  requester_.Stop();
  if (thread_.joinable()) thread_.join();
  parts_.packets.Forget(id_);
}

}  // namespace nsm::client
