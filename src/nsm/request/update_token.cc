// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/update_token.h"

#include "src/core/status_macros.h"
#include "src/nsm/wire/time.h"

namespace nsm {
namespace {

void SetToken(const Token& token, PathSegment& segment) {
  segment.set_token(token.text);
  *segment.mutable_expires() = ToTimestamp(token.expires);
}

}  // namespace

absl::StatusOr<Connection> UpdateToken::Request(Context& context, NetworkServiceRequest request, Next next) {
  RETURN_IF_ERROR(Update(context, *request.mutable_connection()));
  return next.Request(context, std::move(request));
}

absl::Status UpdateToken::Close(Context& context, Connection connection, Next next) {
  RETURN_IF_ERROR(Update(context, connection));
  return next.Close(context, std::move(connection));
}

absl::Status UpdateToken::Update(const Context& context, Connection& connection) const {
  Path& path = *connection.mutable_path();
  ASSIGN_OR_RETURN(const Token own, identity_.Make(context.caller.peer.id));
  SetToken(own, *path.mutable_path_segments(path.index()));
  if (path.index() == 0) return absl::OkStatus();
  PathSegment& caller = *path.mutable_path_segments(path.index() - 1);
  if (!context.caller.token.empty()) caller.set_token(context.caller.token);
  if (context.caller.token_expires > absl::InfinitePast()) {
    *caller.mutable_expires() = ToTimestamp(context.caller.token_expires);
  } else if (!caller.has_expires()) {
    // Every segment needs an expiry: refreshes and time-outs are computed from them.
    *caller.mutable_expires() = ToTimestamp(own.expires);
  }
  return absl::OkStatus();
}

}  // namespace nsm
