// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/join_legs.h"

#include <spdlog/spdlog.h>

#include <random>
#include <thread>
#include <variant>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/forwarder/default_route.h"
#include "src/forwarder/ip_context.h"
#include "src/forwarder/ip_payload.h"
#include "src/forwarder/stable_mac.h"
#include "src/nsm/wire/expiry.h"
#include "src/nsm/wire/mtu.h"
#include "src/nsm/wire/path.h"

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

bool CarriesIp(const Connection& connection) { return connection.payload() == kPayloadIp; }

// The mechanism is that of the leg.
absl::Status AddIpContext(const Connection& connection, Side side, const Mechanism& mechanism,
                          dataplane::Leg& leg) {
  auto* attachment = std::get_if<dataplane::Attachment>(&leg);
  if (attachment == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(SideOfIpContext ip, ReadIpContext(connection.context().ip_context(), side));
  attachment->addresses = std::move(ip.addresses);
  attachment->routes = std::move(ip.routes);
  attachment->allowed_sources = std::move(ip.allowed_sources);
  RETURN_IF_ERROR(UseDefaultRoutes(mechanism, side, *attachment));
  if (CarriesIp(connection)) {
    UseFixedNeighbors(side, ip.opposite, *attachment);
  } else {
    UseStableMac(connection.path(), side, *attachment);
  }
  attachment->alias = AliasFor(side, connection);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Connection> JoinLegs::Request(Context& context, NetworkServiceRequest request, Next next) {
  absl::StatusOr<Connection> answer = Negotiate(context, request, next);
  if (!answer.ok()) dataplane_.ReleaseVni(request.connection().id());
  return answer;
}

absl::StatusOr<Connection> JoinLegs::Negotiate(Context& context, const NetworkServiceRequest& request,
                                               Next next) {
  ASSIGN_OR_RETURN(CallerSide caller, Accept(request));
  bool is_vni_taken = false;
  absl::StatusOr<Connection> answer = AskAndJoin(context, request, caller, next, is_vni_taken);
  for (int attempt = 1; is_vni_taken && attempt <= kMostVniConflicts; ++attempt) {
    spdlog::info("connection {}: {}; asking again", request.connection().id(), answer.status().ToString());
    PauseBeforeAskingAgain(attempt);
    answer = AskAndJoin(context, request, caller, next, is_vni_taken);
  }
  return answer;
}

absl::StatusOr<Connection> JoinLegs::AskAndJoin(Context& context, const NetworkServiceRequest& request,
                                                const CallerSide& caller, Next next, bool& is_vni_taken) {
  is_vni_taken = false;
  ASSIGN_OR_RETURN(NetworkServiceRequest outgoing, Outgoing(context, request));
  ASSIGN_OR_RETURN(Connection answer, next.Request(context, std::move(outgoing)));
  auto join = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(NextSide agreed, ReadAnswer(answer));
    const uint32_t mtu = SmallerMtu(SmallerMtu(answer.context().mtu(), caller.mtu), agreed.mtu);
    answer.mutable_context()->set_mtu(mtu);
    return Join(answer, caller, mtu, agreed.leg);
  };
  absl::Status joined = join();
  is_vni_taken = absl::IsAborted(joined);
  if (!joined.ok()) {
    Context undo = context;
    undo.deadline = clock_.Now() + kUndoTimeout;
    absl::Status closed = next.Close(undo, answer);
    if (!closed.ok()) spdlog::warn("connection {}: undoing: {}", answer.id(), closed.ToString());
    return joined;
  }
  NoteInterface(metric::kClientInterface, answer.mechanism(), answer);
  NoteInterface(metric::kServerInterface, caller.mechanism, answer);
  *answer.mutable_mechanism() = caller.mechanism;
  return answer;
}

absl::StatusOr<JoinLegs::CallerSide> JoinLegs::Accept(const NetworkServiceRequest& request) {
  const Connection& connection = request.connection();
  if (!CarriesIp(connection) && connection.payload() != kPayloadEthernet) {
    return absl::InvalidArgumentError(absl::StrCat("payload \"", connection.payload(),
                                                   "\" is not supported: this forwarder carries ",
                                                   kPayloadEthernet, " and ", kPayloadIp));
  }
  if (!connection.mechanism().type().empty()) return Accept(connection, connection.mechanism());
  absl::Status failed =
      absl::InvalidArgumentError("the request offers no mechanism: mechanism_preferences is empty");
  for (const Mechanism& preference : request.mechanism_preferences()) {
    absl::StatusOr<CallerSide> accepted = Accept(connection, preference);
    if (accepted.ok()) return accepted;
    failed = accepted.status();
  }
  return failed;
}

absl::StatusOr<JoinLegs::CallerSide> JoinLegs::Accept(const Connection& connection,
                                                      const Mechanism& mechanism) {
  if (Is(mechanism, mechanism::kLocal, mechanism::kKernel)) {
    ASSIGN_OR_RETURN(auto attachment, ToAttachment(mechanism));
    return CallerSide{.mechanism = mechanism, .leg = attachment, .mtu = 0};
  }
  if (Is(mechanism, mechanism::kRemote, mechanism::kVxlan)) {
    if (CarriesIp(connection)) RETURN_IF_ERROR(CheckIpConfirmed(mechanism));
    ASSIGN_OR_RETURN(IpAddress peer, VxlanPeer(mechanism, own_, /*is_server=*/true));
    ASSIGN_OR_RETURN(uint32_t own_mtu, dataplane_.TunnelMtu(peer));
    ASSIGN_OR_RETURN(Vni vni, dataplane_.ReserveVni(connection.id(), peer, PrefersEvenVni(mechanism, own_)));
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

absl::StatusOr<JoinLegs::NextSide> JoinLegs::ReadAnswer(const Connection& answer) {
  const Mechanism& chosen = answer.mechanism();
  if (Is(chosen, mechanism::kLocal, mechanism::kKernel)) {
    ASSIGN_OR_RETURN(auto attachment, ToAttachment(chosen));
    return NextSide{.leg = attachment, .mtu = 0};
  }
  if (Is(chosen, mechanism::kRemote, mechanism::kVxlan)) {
    if (CarriesIp(answer)) RETURN_IF_ERROR(CheckIpConfirmed(chosen));
    ASSIGN_OR_RETURN(auto tunnel, ToTunnel(chosen, own_, /*is_server=*/false));
    ASSIGN_OR_RETURN(uint32_t own_mtu, dataplane_.TunnelMtu(tunnel.remote));
    return NextSide{.leg = tunnel, .mtu = SmallerMtu(own_mtu, MtuOf(chosen))};
  }
  return absl::InternalError(absl::StrCat("the next hop chose mechanism ", chosen.cls(), " ", chosen.type(),
                                          ", which was not offered"));
}

absl::StatusOr<NetworkServiceRequest> JoinLegs::Outgoing(const Context& context,
                                                         const NetworkServiceRequest& request) {
  if (!context.next_hop) return absl::InternalError("no next hop was found for this connection");
  const Connection& connection = request.connection();
  NetworkServiceRequest outgoing = request;
  outgoing.clear_mechanism_preferences();
  outgoing.mutable_connection()->clear_mechanism();
  Mechanism preference = PreferenceFor(*context.next_hop, own_, connection.context().mtu());
  if (CarriesIp(connection) && !context.next_hop->is_unix()) ConfirmIp(preference);
  *outgoing.add_mechanism_preferences() = std::move(preference);
  // Asking for the same again keeps an endpoint from making another interface.
  const bool goes_on =
      NextSegment(connection) != nullptr && connection.state() != ::connection::RESELECT_REQUESTED;
  if (auto live = dataplane_.Find(connection.id()); live && goes_on) {
    if (IsTunnel(live->endpoint) != context.next_hop->is_unix()) {
      Mechanism& mechanism = *outgoing.mutable_connection()->mutable_mechanism();
      mechanism = ToMechanism(live->endpoint);
      if (CarriesIp(connection) && IsTunnel(live->endpoint)) ConfirmIp(mechanism);
    }
  }
  return outgoing;
}

absl::Status JoinLegs::Join(const Connection& answer, const CallerSide& caller, uint32_t mtu,
                            const dataplane::Leg& next_leg) {
  const PathSegment* previous = PreviousSegment(answer);
  const absl::Time now = clock_.Now();
  dataplane::CrossConnect cross_connect{
      .id = answer.id(),
      .expiry =
          previous != nullptr ? now + LifeOf(*previous, now).value_or(kAssumedLife) : absl::InfiniteFuture(),
      .payload = CarriesIp(answer) ? dataplane::Payload::kIp : dataplane::Payload::kEthernet,
      .guarded = CarriesIp(answer),
      .mtu = mtu,
      .client = caller.leg,
      .endpoint = next_leg};
  RETURN_IF_ERROR(AddIpContext(answer, Side::kClient, caller.mechanism, cross_connect.client));
  RETURN_IF_ERROR(AddIpContext(answer, Side::kEndpoint, answer.mechanism(), cross_connect.endpoint));
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
