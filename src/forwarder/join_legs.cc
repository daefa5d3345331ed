// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/join_legs.h"

#include <spdlog/spdlog.h>

#include <random>
#include <thread>
#include <variant>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/forwarder/ip_context.h"
#include "src/nsm/path.h"
#include "src/nsm/time.h"

namespace nsm::forwarder {
namespace {

constexpr int kMostVniConflicts = 5;
constexpr absl::Duration kUndoTimeout = absl::Seconds(5);

bool Is(const Mechanism& mechanism, const char* cls, const char* type) {
  return mechanism.cls() == cls && mechanism.type() == type;
}

bool IsTunnel(const dataplane::Leg& leg) { return std::holds_alternative<dataplane::Tunnel>(leg); }

// Both sides of a conflict come here at the same time; different pauses let one of them be first.
void PauseBeforeAskingAgain(int attempt) {
  thread_local std::minstd_rand random(std::random_device{}());
  std::uniform_int_distribution<int> milliseconds(0, 20 << attempt);
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds(random)));
}

absl::Status AddIpContext(const Connection& connection, Side side, dataplane::Leg& leg) {
  auto* attachment = std::get_if<dataplane::Attachment>(&leg);
  if (attachment == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(SideOfIpContext ip, ReadIpContext(connection.context().ip_context(), side));
  attachment->addresses = std::move(ip.addresses);
  attachment->routes = std::move(ip.routes);
  attachment->allowed_sources = std::move(ip.allowed_sources);
  attachment->alias =
      absl::StrCat(side == Side::kClient ? "server-" : "client-", connection.path().path_segments(0).id());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Connection> JoinLegs::Request(Context& context, NetworkServiceRequest request, Next next) {
  const std::string id = request.connection().id();
  absl::StatusOr<CallerSide> caller = Accept(context, request);
  if (!caller.ok()) {
    dataplane_.ReleaseVni(id);
    return caller.status();
  }
  absl::StatusOr<Connection> answer = AskAndJoin(context, request, *caller, next);
  for (int attempt = 1; absl::IsAborted(answer.status()) && attempt <= kMostVniConflicts; ++attempt) {
    spdlog::info("connection {}: {}; asking again", id, answer.status().ToString());
    PauseBeforeAskingAgain(attempt);
    answer = AskAndJoin(context, request, *caller, next);
  }
  if (!answer.ok()) dataplane_.ReleaseVni(id);
  return answer;
}

absl::StatusOr<Connection> JoinLegs::AskAndJoin(Context& context, const NetworkServiceRequest& request,
                                                const CallerSide& caller, Next next) {
  ASSIGN_OR_RETURN(NetworkServiceRequest outgoing, Outgoing(context, request));
  ASSIGN_OR_RETURN(Connection answer, next.Request(context, std::move(outgoing)));
  auto join = [&]() -> absl::Status {
    uint32_t mtu = SmallerMtu(answer.context().mtu(), caller.mtu);
    dataplane::Leg next_leg;
    if (Is(answer.mechanism(), mechanism::kLocal, mechanism::kKernel)) {
      ASSIGN_OR_RETURN(next_leg, ToAttachment(answer.mechanism()));
    } else if (Is(answer.mechanism(), mechanism::kRemote, mechanism::kVxlan)) {
      ASSIGN_OR_RETURN(auto tunnel, ToTunnel(answer.mechanism(), own_, /*is_server=*/false));
      ASSIGN_OR_RETURN(uint32_t own_mtu, dataplane_.TunnelMtu(tunnel.remote));
      mtu = SmallerMtu(mtu, SmallerMtu(own_mtu, MtuOf(answer.mechanism())));
      next_leg = tunnel;
    } else {
      return absl::InternalError(absl::StrCat("the next hop chose mechanism ", answer.mechanism().cls(), " ",
                                              answer.mechanism().type(), ", which was not offered"));
    }
    answer.mutable_context()->set_mtu(mtu);
    return Join(answer, caller, mtu, next_leg);
  };
  absl::Status joined = join();
  if (!joined.ok()) {
    Context undo = context;
    undo.deadline = clock_.Now() + kUndoTimeout;
    absl::Status closed = next.Close(undo, answer);
    if (!closed.ok()) spdlog::warn("connection {}: undoing: {}", answer.id(), closed.ToString());
    return joined;
  }
  *answer.mutable_mechanism() = caller.mechanism;
  return answer;
}

absl::StatusOr<JoinLegs::CallerSide> JoinLegs::Accept(const Context& context,
                                                      const NetworkServiceRequest& request) {
  const Connection& connection = request.connection();
  if (!connection.mechanism().type().empty()) return Accept(context, connection.id(), connection.mechanism());
  absl::Status failed =
      absl::InvalidArgumentError("the request offers no mechanism: mechanism_preferences is empty");
  for (const Mechanism& preference : request.mechanism_preferences()) {
    absl::StatusOr<CallerSide> accepted = Accept(context, connection.id(), preference);
    if (accepted.ok()) return accepted;
    failed = accepted.status();
  }
  return failed;
}

absl::StatusOr<JoinLegs::CallerSide> JoinLegs::Accept(const Context& context, const std::string& id,
                                                      const Mechanism& mechanism) {
  if (Is(mechanism, mechanism::kLocal, mechanism::kKernel)) {
    if (!context.caller.is_local) {
      return absl::PermissionDeniedError("mechanism KERNEL is accepted over unix sockets only");
    }
    ASSIGN_OR_RETURN(auto attachment, ToAttachment(mechanism));
    return CallerSide{.mechanism = mechanism, .leg = attachment, .mtu = 0};
  }
  if (Is(mechanism, mechanism::kRemote, mechanism::kVxlan)) {
    ASSIGN_OR_RETURN(IpAddress peer, VxlanPeer(mechanism, own_, /*is_server=*/true));
    ASSIGN_OR_RETURN(uint32_t own_mtu, dataplane_.TunnelMtu(peer));
    ASSIGN_OR_RETURN(Vni vni, dataplane_.ReserveVni(id, peer, PrefersEvenVni(mechanism, own_)));
    CallerSide side{.mechanism = mechanism, .leg = {}, .mtu = SmallerMtu(own_mtu, MtuOf(mechanism))};
    auto& parameters = *side.mechanism.mutable_parameters();
    parameters[mechanism::kDstIp] = own_.address.ToString();
    parameters[mechanism::kDstPort] = absl::StrCat(own_.port);
    parameters[mechanism::kVni] = absl::StrCat(vni.value);
    parameters[mechanism::kMtu] = absl::StrCat(side.mtu);
    ASSIGN_OR_RETURN(side.leg, ToTunnel(side.mechanism, own_, /*is_server=*/true));
    return side;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("mechanism ", mechanism.cls(), " ", mechanism.type(),
                   " is not supported: this forwarder has LOCAL KERNEL and REMOTE VXLAN"));
}

absl::StatusOr<NetworkServiceRequest> JoinLegs::Outgoing(const Context& context,
                                                         const NetworkServiceRequest& request) {
  if (!context.next_hop) return absl::InternalError("no next hop was found for this connection");
  const Connection& connection = request.connection();
  if (connection.payload() == kPayloadIp && !context.next_hop->is_unix()) {
    return absl::FailedPreconditionError(
        "payload IP between nodes is not supported over VXLAN; offer ETHERNET");
  }
  NetworkServiceRequest outgoing = request;
  outgoing.clear_mechanism_preferences();
  outgoing.mutable_connection()->clear_mechanism();
  *outgoing.add_mechanism_preferences() = PreferenceFor(*context.next_hop, own_, connection.context().mtu());
  // Asking for the same again keeps an endpoint from making another interface.
  const bool goes_on =
      NextSegment(connection) != nullptr && connection.state() != ::connection::RESELECT_REQUESTED;
  if (auto live = dataplane_.Find(connection.id()); live && goes_on) {
    if (IsTunnel(live->endpoint) != context.next_hop->is_unix()) {
      *outgoing.mutable_connection()->mutable_mechanism() = ToMechanism(live->endpoint);
    }
  }
  return outgoing;
}

absl::Status JoinLegs::Join(const Connection& answer, const CallerSide& caller, uint32_t mtu,
                            const dataplane::Leg& next_leg) {
  const PathSegment* previous = PreviousSegment(answer);
  dataplane::CrossConnect cross_connect{
      .id = answer.id(),
      .expiry = previous != nullptr ? FromTimestamp(previous->expires()) : absl::InfiniteFuture(),
      .payload = answer.payload() == kPayloadIp ? dataplane::Payload::kIp : dataplane::Payload::kEthernet,
      .guarded = answer.payload() == kPayloadIp,
      .mtu = mtu,
      .client = caller.leg,
      .endpoint = next_leg};
  RETURN_IF_ERROR(AddIpContext(answer, Side::kClient, cross_connect.client));
  RETURN_IF_ERROR(AddIpContext(answer, Side::kEndpoint, cross_connect.endpoint));
  return dataplane_.Apply(cross_connect);
}

absl::Status JoinLegs::Close(Context& context, Connection connection, Next next) {
  if (auto live = dataplane_.Find(connection.id())) {
    *connection.mutable_mechanism() = ToMechanism(live->endpoint);
  }
  absl::Status removed = dataplane_.Remove(connection.id());
  dataplane_.ReleaseVni(connection.id());
  absl::Status closed = next.Close(context, std::move(connection));
  return removed.ok() ? closed : removed;
}

}  // namespace nsm::forwarder
