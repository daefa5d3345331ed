// SPDX-License-Identifier: Apache-2.0
#include "src/client/session.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "networkservice.grpc.pb.h"
#include "src/client/liveness.h"
#include "src/client/resume.h"
#include "src/core/status_macros.h"
#include "src/nsm/rpc/grpc_status.h"
#include "src/nsm/wire/expiry.h"
#include "src/nsm/wire/path.h"

namespace nsm::client {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(1);
constexpr absl::Duration kLivenessTimeout = absl::Milliseconds(500);
constexpr absl::Duration kCloseTimeout = absl::Seconds(5);

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

Session::Session(std::string id, ServiceUrl service, const SessionConfig& config, ChannelPool& channels,
                 const Clock& clock, NextHopMonitor& monitor)
    : id_(std::move(id)),
      service_(std::move(service)),
      config_(config),
      channels_(channels),
      clock_(clock),
      monitor_(monitor),
      channel_(channels.Get(config.connect_to)) {
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
  monitor_.Forget(id_);
  std::optional<Connection> connection = this->connection();
  return connection ? CloseNow(*connection, kCloseTimeout) : absl::OkStatus();
}

std::optional<Connection> Session::connection() const {
  MutexLock lock(mutex_);
  return connection_;
}

void Session::Run() {
  Resume();
  absl::Duration pause = kFirstPause;
  bool is_up = false;
  bool is_first_time = true;
  while (true) {
    absl::StatusOr<absl::Time> refresh_at = Request();
    if (refresh_at.ok()) {
      if (!std::exchange(is_up, true)) {
        spdlog::info("{} is connected: {}", service_.service, PathToString(connection()->path()));
      }
      if (std::exchange(is_first_time, false) && config_.on_first_time) config_.on_first_time();
      pause = kFirstPause;
      if (!Wait(*refresh_at, /*until_event=*/true)) return;
      continue;
    }
    spdlog::error("{}: {}", service_.service, refresh_at.status().ToString());
    if (config_.on_failure) config_.on_failure(MakeRequest().connection(), refresh_at.status());
    is_up = false;
    // Not until an event: each failure makes one.
    if (!Wait(clock_.Now() + pause, /*until_event=*/false)) return;
    pause = std::min(pause * 2, kLongestPause);
    GiveUpEndpointIfDead();
  }
}

NetworkServiceRequest Session::MakeRequest() const {
  NetworkServiceRequest request;
  Mechanism& preference = *request.add_mechanism_preferences();
  preference.set_cls(mechanism::kLocal);
  preference.set_type(mechanism::kKernel);
  (*preference.mutable_parameters())[mechanism::kName] = service_.interface;
  (*preference.mutable_parameters())[mechanism::kInodeUrl] = config_.netns_inode_url;

  Connection& connection = *request.mutable_connection();
  MutexLock lock(mutex_);
  if (connection_) connection = *connection_;
  connection.set_state(::connection::UP);
  if (reselect_) ForgetEndpoint(connection);
  connection.set_id(id_);
  connection.set_network_service(service_.service);
  connection.mutable_labels()->insert(service_.labels.begin(), service_.labels.end());
  connection.mutable_labels()->insert(config_.labels.begin(), config_.labels.end());
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

absl::StatusOr<absl::Time> Session::Request() {
  NetworkServiceRequest request = MakeRequest();
  const absl::Time asked = absl::Now();
  absl::Time deadline = clock_.Now() + config_.request_timeout;
  RETURN_IF_ERROR(channels_.Dial(*channel_, config_.connect_to, deadline));
  grpc::ClientContext call;
  channels_.Prepare(call, deadline);
  Connection answer;
  grpc::Status status = ::networkservice::NetworkService::NewStub(channel_)->Request(&call, request, &answer);
  RETURN_IF_ERROR(FromGrpc(status, config_.connect_to));
  absl::Time refresh_at = RefreshAt(answer, clock_.Now());
  {
    MutexLock lock(mutex_);
    connection_ = std::move(answer);
    reselect_ = false;
  }
  monitor_.Watch(id_, config_.connect_to, asked);
  return refresh_at;
}

void Session::Resume() {
  std::optional<Connection> known =
      FindConnection(channels_, channel_, config_.connect_to, id_, clock_.Now() + config_.request_timeout);
  if (!known || known->path().path_segments_size() < 2 ||
      known->path().path_segments(0).name() != config_.name)
    return;
  spdlog::info("{}: taking up the connection that the NSMgr still has", service_.service);
  LeaveHop(0, *known);
  MutexLock lock(mutex_);
  connection_ = *std::move(known);
}

void Session::GiveUpEndpointIfDead() {
  std::optional<Connection> before = connection();
  if (!before || before->network_service_endpoint_name().empty()) return;
  if (IsAlive(*before, kLivenessTimeout)) return;
  spdlog::warn("{}: packets no longer reach endpoint {}; asking for any", service_.service,
               before->network_service_endpoint_name());
  absl::Status closed = CloseNow(*before, config_.request_timeout);
  if (!closed.ok()) spdlog::info("{}: closing: {}", service_.service, closed.ToString());
  MutexLock lock(mutex_);
  reselect_ = true;
}

absl::Status Session::CloseNow(const Connection& connection, absl::Duration timeout) {
  absl::Time deadline = clock_.Now() + timeout;
  RETURN_IF_ERROR(channels_.Dial(*channel_, config_.connect_to, deadline));
  grpc::ClientContext call;
  channels_.Prepare(call, deadline);
  google::protobuf::Empty answer;
  return FromGrpc(::networkservice::NetworkService::NewStub(channel_)->Close(&call, connection, &answer));
}

bool Session::Wait(absl::Time until, bool until_event) {
  const absl::Duration end = clock_.Elapsed() + (until - clock_.Now());
  MutexLock lock(mutex_);
  while (!stopping_ && !(until_event && woken_)) {
    absl::Duration left = end - clock_.Elapsed();
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
}

}  // namespace nsm::client
