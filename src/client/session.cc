// SPDX-License-Identifier: Apache-2.0
#include "src/client/session.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "networkservice.grpc.pb.h"
#include "src/client/close_connection.h"
#include "src/client/liveness.h"
#include "src/core/status_macros.h"
#include "src/nsm/monitor/connection_json.h"
#include "src/nsm/rpc/grpc_status.h"
#include "src/nsm/wire/expiry.h"
#include "src/nsm/wire/path.h"

namespace nsm::client {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(1);
constexpr absl::Duration kLivenessTimeout = absl::Milliseconds(500);
constexpr absl::Duration kCloseTimeout = absl::Seconds(5);
// Hops on the way to a dead endpoint may not answer, and another one is to be asked soon.
constexpr absl::Duration kGiveUpTimeout = absl::Milliseconds(500);
constexpr absl::Duration kLongestStay = absl::Minutes(1);

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

// How long to stay at an endpoint from which nothing comes, after so many that were given up: the first goes
// at once, then 1 s, 2 s, 4 s, ...
absl::Duration Stay(int given_up) {
  if (given_up == 0) return absl::ZeroDuration();
  return given_up > 6 ? kLongestStay : std::min(absl::Seconds(1 << (given_up - 1)), kLongestStay);
}

bool IsSilent(Packets packets) { return packets == Packets::kStopped || packets == Packets::kNeverCame; }

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
      channel_(parts.channels.Get(config.connect_to)) {
  thread_ = std::thread([this] { Run(); });
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
  if (packets_ == Packets::kComeThrough) json["packets"] = "come through";
  if (IsSilent(packets_)) {
    json["packets"] = absl::StrCat(
        packets_ == Packets::kStopped ? "none come through since " : "none ever came; watched since ",
        absl::FormatTime(absl::RFC3339_sec, packets_since_, absl::UTCTimeZone()));
  }
  const bool is_down = !failed_.ok() || IsSilent(packets_);
  if (is_down) json["state"] = ::connection::State_Name(::connection::DOWN);
  return json;
}

std::string Session::Name() const { return absl::StrCat(service_.service, " at ", service_.interface); }

void Session::Run() {
  absl::Duration pause = kFirstPause;
  bool is_up = false;
  bool is_first_time = true;
  while (true) {
    absl::StatusOr<absl::Time> refresh_at = Attempt();
    {
      MutexLock lock(mutex_);
      failed_ = refresh_at.status();
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
  preference.set_cls(mechanism::kLocal);
  preference.set_type(mechanism::kKernel);
  (*preference.mutable_parameters())[mechanism::kName] = service_.interface;
  (*preference.mutable_parameters())[mechanism::kInodeUrl] = config_.netns_inode_url;
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

void Session::ExcludeOthers(Connection& connection) {
  auto& listed = *connection.mutable_context()->mutable_ip_context()->mutable_excluded_prefixes();
  auto is_ours = [this](const std::string& text) { return excluded_.contains(text); };
  listed.erase(std::remove_if(listed.begin(), listed.end(), is_ours), listed.end());
  excluded_.clear();
  for (const IpPrefix& prefix : parts_.given.ExcludedFor(id_)) {
    std::string text = prefix.ToString();
    if (std::find(listed.begin(), listed.end(), text) != listed.end()) continue;
    excluded_.insert(text);
    listed.Add(std::move(text));
  }
}

absl::StatusOr<Connection> Session::Ask(const NetworkServiceRequest& request) {
  const absl::Time deadline = parts_.clock.Now() + config_.request_timeout;
  RETURN_IF_ERROR(parts_.channels.Dial(*channel_, config_.connect_to, deadline));
  parts_.monitor.Claim(id_, config_.connect_to, deadline);
  grpc::ClientContext call;
  parts_.channels.Prepare(call, deadline);
  {
    MutexLock lock(mutex_);
    call_ = &call;
  }
  Connection answer;
  grpc::Status status = ::networkservice::NetworkService::NewStub(channel_)->Request(&call, request, &answer);
  {
    MutexLock lock(mutex_);
    call_ = nullptr;
  }
  if (!status.ok()) parts_.monitor.Abandon(id_);
  RETURN_IF_ERROR(FromGrpc(status, config_.connect_to));
  return answer;
}

absl::StatusOr<Connection> Session::AskForOwn(NetworkServiceRequest request) {
  // Who has addresses keeps them, and need not wait.
  std::optional<GivenPrefixes::Turn> turn;
  const bool has_addresses = request.connection().context().ip_context().src_ip_addrs_size() > 0;
  if (!has_addresses || request.connection().state() == ::connection::RESELECT_REQUESTED) {
    turn.emplace(parts_.given);
  }
  ExcludeOthers(*request.mutable_connection());
  absl::StatusOr<Connection> answer = Ask(request);
  absl::Status taken = answer.ok() ? parts_.given.Take(id_, Name(), *answer) : absl::OkStatus();
  if (!taken.ok()) {
    parts_.monitor.Abandon(id_);
    *request.mutable_connection() = *answer;
    ExcludeOthers(*request.mutable_connection());
    absl::StatusOr<Connection> again = Ask(request);
    if (again.ok()) taken = parts_.given.Take(id_, Name(), *again);
    if (again.ok() && taken.ok()) return again;
    if (again.ok()) parts_.monitor.Abandon(id_);
    absl::Status closed =
        CloseConnection(parts_.channels, config_.connect_to, *answer, parts_.clock.Now() + kCloseTimeout);
    if (!closed.ok()) spdlog::info("{}: closing: {}", service_.service, closed.ToString());
    return taken;
  }
  if (absl::IsResourceExhausted(answer.status()) && !excluded_.empty()) {
    return absl::ResourceExhaustedError(absl::StrCat(answer.status().message(), "; excluded for ", Name(),
                                                     ": ", parts_.given.OthersThan(id_)));
  }
  return answer;
}

absl::StatusOr<absl::Time> Session::Attempt() {
  RETURN_IF_ERROR(Resume());
  if (IsReselecting()) Unwatch();
  ASSIGN_OR_RETURN(Connection answer, AskForOwn(MakeRequest()));
  absl::Time refresh_at = RefreshAt(answer, parts_.clock.Now());
  const std::vector<EchoWay> ways = EchoWays(answer);
  const bool others = ways != std::exchange(ways_, ways);
  {
    MutexLock lock(mutex_);
    connection_ = std::move(answer);
    reselect_ = false;
    // What stopped on others is over.
    if (others) give_up_at_ = absl::InfiniteDuration();
  }
  parts_.monitor.Watch(id_);
  parts_.packets.Watch(id_, ways, [this](Packets packets) { OnPackets(packets); });
  return refresh_at;
}

absl::Status Session::Resume() {
  if (has_resumed_) return absl::OkStatus();
  absl::StatusOr<Connection> known = parts_.earlier.Take(id_);
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
  const bool was_silent = IsSilent(std::exchange(packets_, packets));
  packets_since_ = parts_.clock.Now();
  const std::string& endpoint = connection_->network_service_endpoint_name();
  if (packets == Packets::kComeThrough) {
    have_come_through_ = true;
    given_up_ = 0;
    give_up_at_ = absl::InfiniteDuration();
    if (was_silent) spdlog::info("{}: packets come through again", service_.service);
    return;
  }
  if (packets == Packets::kStopped) {
    spdlog::warn("{}: no packets come through any more from endpoint {}", service_.service, endpoint);
    // Whatever is asked now is asked of the dead.
    if (call_ != nullptr) call_->TryCancel();
  } else if (packets == Packets::kNeverCame) {
    spdlog::warn("{}: no packets come through from endpoint {} since it is connected", service_.service,
                 endpoint);
  }
  if (!IsSilent(packets) || (packets == Packets::kNeverCame && !have_come_through_)) return;
  give_up_at_ = parts_.clock.Elapsed() + Stay(given_up_);
  changed_.NotifyAll();
}

void Session::GiveUpEndpointIfDead(bool has_failed) {
  std::optional<Connection> before;
  bool is_dead = false;
  {
    MutexLock lock(mutex_);
    is_dead = parts_.clock.Elapsed() >= give_up_at_;
    if (is_dead) give_up_at_ = absl::InfiniteDuration();
    if (!connection_ || reselect_ || connection_->network_service_endpoint_name().empty()) return;
    before = connection_;
  }
  if (!is_dead && (!has_failed || IsAlive(*before, kLivenessTimeout))) return;
  spdlog::warn("{}: packets no longer reach endpoint {}; asking for any", service_.service,
               before->network_service_endpoint_name());
  Unwatch();
  absl::Status closed =
      CloseConnection(parts_.channels, config_.connect_to, *before, parts_.clock.Now() + kGiveUpTimeout);
  if (!closed.ok()) spdlog::info("{}: closing: {}", service_.service, closed.ToString());
  MutexLock lock(mutex_);
  reselect_ = true;
  ++given_up_;
}

bool Session::IsReselecting() const {
  MutexLock lock(mutex_);
  return reselect_;
}

void Session::Unwatch() {
  parts_.packets.Forget(id_);
  ways_.clear();
}

bool Session::Wait(absl::Time until, bool until_event) {
  const absl::Duration end = parts_.clock.Elapsed() + (until - parts_.clock.Now());
  MutexLock lock(mutex_);
  while (!stopping_ && !(until_event && woken_)) {
    absl::Duration left = std::min(end, give_up_at_) - parts_.clock.Elapsed();
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
  }
  if (thread_.joinable()) thread_.join();
  parts_.packets.Forget(id_);
}

}  // namespace nsm::client
