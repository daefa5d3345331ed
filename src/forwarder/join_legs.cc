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
  // What the dataplane does not have by now was not chosen, or it failed.
  mechanisms_.Release(request.connection().id());
  return answer;
}

absl::StatusOr<Connection> JoinLegs::Negotiate(Context& context, const NetworkServiceRequest& request,
                                               Next next) {
  ASSIGN_OR_RETURN(AgreedLeg caller, Accept(request));
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
                                                const AgreedLeg& caller, Next next, bool& is_vni_taken) {
  is_vni_taken = false;
  ASSIGN_OR_RETURN(NetworkServiceRequest outgoing, Outgoing(context, request));
  ASSIGN_OR_RETURN(Connection answer, next.Request(context, std::move(outgoing)));
  auto join = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(AgreedLeg agreed, mechanisms_.Agree(answer));
    const uint32_t mtu = SmallerMtu(SmallerMtu(answer.context().mtu(), caller.mtu), agreed.mtu);
    answer.mutable_context()->set_mtu(mtu);
    return Join(answer, caller, mtu, agreed);
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

absl::StatusOr<AgreedLeg> JoinLegs::Accept(const NetworkServiceRequest& request) const {
  const Connection& connection = request.connection();
  if (!CarriesIp(connection) && connection.payload() != kPayloadEthernet) {
    return absl::InvalidArgumentError(absl::StrCat("payload \"", connection.payload(),
                                                   "\" is not supported: this forwarder carries ",
                                                   kPayloadEthernet, " and ", kPayloadIp));
  }
  return mechanisms_.Accept(request);
}

absl::StatusOr<NetworkServiceRequest> JoinLegs::Outgoing(const Context& context,
                                                         const NetworkServiceRequest& request) const {
  if (!context.next_hop) return absl::InternalError("no next hop was found for this connection");
  const Connection& connection = request.connection();
  NetworkServiceRequest outgoing = request;
  outgoing.clear_mechanism_preferences();
  outgoing.mutable_connection()->clear_mechanism();
  const bool is_on_this_node = context.next_hop->is_unix();
  ASSIGN_OR_RETURN(std::vector<Mechanism> offers, mechanisms_.Offer(connection, is_on_this_node));
  for (Mechanism& offer : offers) *outgoing.add_mechanism_preferences() = std::move(offer);
  // Asking for the same again keeps an endpoint from making another interface.
  const bool goes_on =
      NextSegment(connection) != nullptr && connection.state() != ::connection::RESELECT_REQUESTED;
  if (auto live = dataplane_.Find(connection.id()); live && goes_on) {
    std::optional<Mechanism> agreed = mechanisms_.Recall(*live);
    if (agreed && KindOf(*agreed).is_local() == is_on_this_node) {
      *outgoing.mutable_connection()->mutable_mechanism() = *std::move(agreed);
    }
  }
  return outgoing;
}

absl::Status JoinLegs::Join(const Connection& answer, const AgreedLeg& caller, uint32_t mtu,
                            const AgreedLeg& next) {
  const PathSegment* previous = PreviousSegment(answer);
  const absl::Time now = clock_.Now();
  dataplane::CrossConnect cross_connect{
      .id = answer.id(),
      .expiry =
          previous != nullptr ? now + LifeOf(*previous, now).value_or(kAssumedLife) : absl::InfiniteFuture(),
      .payload = CarriesIp(answer) ? dataplane::Payload::kIp : dataplane::Payload::kEthernet,
      .guarded = CarriesIp(answer),
      .mtu = mtu,
      .peer_answers = caller.peer_answers || next.peer_answers,
      .client = caller.leg,
      .endpoint = next.leg};
  RETURN_IF_ERROR(AddIpContext(answer, Side::kClient, caller.mechanism, cross_connect.client));
  RETURN_IF_ERROR(AddIpContext(answer, Side::kEndpoint, answer.mechanism(), cross_connect.endpoint));
  return dataplane_.Apply(cross_connect);
}

absl::Status JoinLegs::Close(Context& context, Connection connection, Next next) {
  if (auto live = dataplane_.Find(connection.id())) {
    if (auto agreed = mechanisms_.Recall(*live)) *connection.mutable_mechanism() = *std::move(agreed);
  }
  absl::Status removed = dataplane_.Remove(connection.id());
  mechanisms_.Release(connection.id());
  absl::Status closed = next.Close(context, std::move(connection));
  return removed.ok() ? closed : removed;
}

}  // namespace nsm::forwarder
