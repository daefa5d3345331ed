// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/connect.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "networkservice.grpc.pb.h"
#include "src/core/status_macros.h"
#include "src/nsm/request/try_each.h"
#include "src/nsm/rpc/deadline.h"
#include "src/nsm/rpc/grpc_status.h"
#include "src/nsm/wire/expiry.h"
#include "src/nsm/wire/limits.h"
#include "src/nsm/wire/mechanism_kind.h"
#include "src/nsm/wire/path.h"

namespace nsm {
namespace {

// The class and type; a request that names none leaves them to the next hop.
bool IsOffered(const Mechanism& mechanism, const NetworkServiceRequest& request) {
  auto is_same = [&](const Mechanism& offered) { return KindOf(offered) == KindOf(mechanism); };
  const auto& preferences = request.mechanism_preferences();
  if (preferences.empty() && !request.connection().has_mechanism()) return true;
  return (request.connection().has_mechanism() && is_same(request.connection().mechanism())) ||
         std::any_of(preferences.begin(), preferences.end(), is_same);
}

// Of an answer to this request: what elements in front act on.
absl::Status CheckContent(const NetworkServiceRequest& request, const Connection& answer, const Url& url,
                          absl::Time now) {
  if (!IsOffered(answer.mechanism(), request)) {
    return absl::InternalError(absl::StrCat(url.ToString(), " answered with mechanism ",
                                            KindOf(answer.mechanism()).ToString(),
                                            ", which was not offered"));
  }
  // Those behind it are judged by their own callers.
  const absl::Status life = LifeOf(*NextSegment(answer), now).status();
  if (life.ok()) return life;
  return absl::Status(life.code(), absl::StrCat(url.ToString(), " answered: ", life.message()));
}

absl::Status CheckAnswer(const NetworkServiceRequest& request, const Connection& answer, const Url& url,
                         absl::Time now) {
  const Connection& asked = request.connection();
  absl::Status fits = CheckLimits(answer);
  if (fits.ok()) fits = CheckSegments(answer.path());
  if (!fits.ok()) return absl::InternalError(absl::StrCat(url.ToString(), " answered: ", fits.message()));
  if (answer.id() == asked.id() && answer.path().index() == asked.path().index() &&
      NextSegment(answer) != nullptr && IsSameWay(answer.path(), asked.path(), asked.path().index())) {
    return CheckContent(request, answer, url, now);
  }
  return absl::InternalError(
      absl::StrCat(url.ToString(), " answered with another connection or path than asked for"));
}

// What the hops in front of us have put into their segments is not the next hop's to change: connections end
// by those tokens' expiry. It does renew the token in ours.
void KeepSegmentsInFront(const Connection& asked, Connection& answer) {
  for (int i = 0; i < static_cast<int>(asked.path().index()); ++i) {
    *answer.mutable_path()->mutable_path_segments(i) = asked.path().path_segments(i);
  }
}

using Stub = ::networkservice::NetworkService::Stub;
using Call = absl::FunctionRef<grpc::Status(Stub&, grpc::ClientContext*)>;

// One call to the context's next hop, which ends when `caller`, if there is one, waits no more; `before` is
// called when there is a connection to it.
absl::Status CallNextHop(ChannelPool& channels, Peers peers, Context& context, absl::Time now,
                         const grpc::ServerContextBase* caller,
                         absl::FunctionRef<void(absl::Time deadline)> before, Call call) {
  const Url& url = *context.next_hop;
  absl::Time deadline = DeadlineForNextHop(context.deadline, now);
  std::shared_ptr<grpc::Channel> channel = channels.Get(url, peers);
  context.is_reached = false;
  RETURN_IF_ERROR(channels.Dial(*channel, url, deadline));
  context.is_reached = true;
  before(deadline);
  ChannelPool::Call outgoing(channels, deadline, caller);
  return FromGrpc(call(*::networkservice::NetworkService::NewStub(channel), &outgoing.context()), url);
}

}  // namespace

absl::StatusOr<Connection> Connect::Request(Context& context, NetworkServiceRequest request, Next) {
  if (!context.next_hop) return absl::InternalError("no next hop was found for this connection");
  Connection answer;
  auto claim = [&](absl::Time deadline) {
    monitor_.Claim(request.connection().id(), *context.next_hop, deadline);
  };
  // Of a new connection the answer is waited for all the same: without the next hop's id nobody could close
  // it.
  const bool is_known = NextSegment(request.connection()) != nullptr;
  RETURN_IF_ERROR(CallNextHop(
      channels_, peers_, context, clock_.Now(), is_known ? context.call : nullptr, claim,
      [&](Stub& stub, grpc::ClientContext* call) { return stub.Request(call, request, &answer); }));
  RETURN_IF_ERROR(CheckAnswer(request, answer, *context.next_hop, clock_.Now()));
  KeepSegmentsInFront(request.connection(), answer);
  return answer;
}

absl::Status Connect::Close(Context& context, Connection connection, Next) {
  absl::Status status;
  std::optional<Url> remembered = context.next_hop;
  if (remembered) {
    status = CloseAtNextHop(context, connection);
    if (context.is_reached) return status;
  }
  if (!context.find_next_hop) return status;
  Context lookup = context;
  // The other half is for the Close itself.
  lookup.deadline = clock_.Now() + (context.deadline - clock_.Now()) / 2;
  absl::StatusOr<std::vector<Url>> urls = context.find_next_hop(lookup);
  if (!urls.ok()) {
    spdlog::info("connection {}: not closed at its next hop: {}", connection.id(), urls.status().ToString());
    return status;
  }
  std::erase_if(*urls, [&](const Url& url) { return url == remembered; });
  if (urls->empty()) return status;
  return TryEach(context, *urls, clock_, std::move(connection),
                 [&](const Connection& closed) { return CloseAtNextHop(context, closed); });
}

absl::Status Connect::CloseAtNextHop(Context& context, const Connection& connection) {
  return CallNextHop(
      channels_, peers_, context, clock_.Now(), /*caller=*/nullptr, [](absl::Time) {},
      [&](Stub& stub, grpc::ClientContext* call) {
        google::protobuf::Empty answer;
        return stub.Close(call, connection, &answer);
      });
}

}  // namespace nsm
