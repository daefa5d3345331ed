// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/network_service_server.h"

#include <spdlog/spdlog.h>

#include "src/core/status_macros.h"
#include "src/nsm/rpc/grpc_status.h"
#include "src/nsm/wire/limits.h"
#include "src/nsm/wire/path.h"

namespace nsm {
namespace {

template <typename Message>
absl::Status Check(const Caller& caller, const Message& message) {
  RETURN_IF_ERROR(CheckLimits(caller));
  return CheckLimits(message);
}

}  // namespace

grpc::Status NetworkServiceServer::Request(grpc::ServerContext* call, const NetworkServiceRequest* request,
                                           Connection* answer) {
  Context context = ContextFromCall(*call, door_, clock_);
  if (absl::Status fits = Check(context.caller, *request); !fits.ok()) {
    // Not with its id and service, which may be what is wrong with it.
    spdlog::warn("request: {}", fits.ToString());
    outcomes_.Failed(request->connection(), fits);
    return ToGrpc(fits, name_);
  }
  const bool is_first = NextSegment(request->connection()) == nullptr;
  const absl::Duration begin = Elapsed();
  absl::StatusOr<Connection> connection = chain_.Request(context, *request);
  outcomes_.durations().Add("request", Elapsed() - begin);
  if (!connection.ok()) {
    spdlog::warn("request {} for {}: {}", request->connection().id(), request->connection().network_service(),
                 connection.status().ToString());
    outcomes_.Failed(request->connection(), connection.status());
    return ToGrpc(connection.status(), name_);
  }
  if (is_first && call->IsCancelled()) {
    // The caller has gone without an answer, so without the ids that it would need to close this itself.
    spdlog::info("request {}: the caller did not wait for the answer; closing", request->connection().id());
    if (context.close_later) context.close_later();
    return grpc::Status(grpc::StatusCode::CANCELLED, name_ + ": the caller did not wait for the answer");
  }
  own_.Show(*call);
  *answer = *std::move(connection);
  return grpc::Status::OK;
}

grpc::Status NetworkServiceServer::Close(grpc::ServerContext* call, const Connection* connection,
                                         google::protobuf::Empty*) {
  Context context = ContextFromCall(*call, door_, clock_);
  if (absl::Status fits = Check(context.caller, *connection); !fits.ok()) {
    spdlog::warn("close: {}", fits.ToString());
    return ToGrpc(fits, name_);
  }
  const absl::Duration begin = Elapsed();
  absl::Status status = chain_.Close(context, *connection);
  outcomes_.durations().Add("close", Elapsed() - begin);
  if (!status.ok()) spdlog::warn("close {}: {}", connection->id(), status.ToString());
  return ToGrpc(status, name_);
}

}  // namespace nsm
