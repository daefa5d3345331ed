// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/connect.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "networkservice.grpc.pb.h"
#include "src/core/status_macros.h"
#include "src/nsm/grpc_status.h"
#include "src/nsm/limits.h"
#include "src/nsm/path.h"

namespace nsm {
namespace {

absl::Status CheckAnswer(const Connection& asked, const Connection& answer, const Url& url) {
  absl::Status fits = CheckLimits(answer);
  if (fits.ok()) fits = CheckSegments(answer.path());
  if (!fits.ok()) return absl::InternalError(absl::StrCat(url.ToString(), " answered: ", fits.message()));
  if (answer.id() == asked.id() && answer.path().index() == asked.path().index() &&
      NextSegment(answer) != nullptr && IsSameWay(answer.path(), asked.path(), asked.path().index())) {
    return absl::OkStatus();
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

absl::Status NameHop(const grpc::Status& status, const Url& url) {
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    return absl::DeadlineExceededError(absl::StrCat("no answer from ", url.ToString(), " in time"));
  }
  return FromGrpc(status);
}

}  // namespace

absl::Time DeadlineForNextHop(absl::Time deadline, absl::Time now) {
  return deadline - std::min((deadline - now) / 20, absl::Milliseconds(100));
}

absl::StatusOr<Connection> Connect::Request(Context& context, NetworkServiceRequest request, Next) {
  if (!context.next_hop) return absl::InternalError("no next hop was found for this connection");
  const Url& url = *context.next_hop;
  absl::Time deadline = DeadlineForNextHop(context.deadline, clock_.Now());
  std::shared_ptr<grpc::Channel> channel = channels_.Get(url);
  RETURN_IF_ERROR(channels_.Dial(*channel, url, deadline));
  grpc::ClientContext call;
  channels_.Prepare(call, deadline);
  Connection answer;
  grpc::Status status = ::networkservice::NetworkService::NewStub(channel)->Request(&call, request, &answer);
  if (!status.ok()) return NameHop(status, url);
  RETURN_IF_ERROR(CheckAnswer(request.connection(), answer, url));
  KeepSegmentsInFront(request.connection(), answer);
  return answer;
}

absl::Status Connect::Close(Context& context, Connection connection, Next) {
  if (!context.next_hop) return absl::OkStatus();
  const Url& url = *context.next_hop;
  absl::Time deadline = DeadlineForNextHop(context.deadline, clock_.Now());
  std::shared_ptr<grpc::Channel> channel = channels_.Get(url);
  RETURN_IF_ERROR(channels_.Dial(*channel, url, deadline));
  grpc::ClientContext call;
  channels_.Prepare(call, deadline);
  google::protobuf::Empty answer;
  return NameHop(::networkservice::NetworkService::NewStub(channel)->Close(&call, connection, &answer), url);
}

}  // namespace nsm
