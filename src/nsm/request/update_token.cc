// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/update_token.h"

#include "src/nsm/wire/time.h"

namespace nsm {
namespace {

void SetToken(const Token& token, PathSegment& segment) {
  segment.set_token(token.text);
  *segment.mutable_expires() = ToTimestamp(token.expires);
}

}  // namespace

absl::StatusOr<Connection> UpdateToken::Request(Context& context, NetworkServiceRequest request, Next next) {
  Update(context, *request.mutable_connection());
  return next.Request(context, std::move(request));
}

absl::Status UpdateToken::Close(Context& context, Connection connection, Next next) {
  Update(context, connection);
  return next.Close(context, std::move(connection));
}

void UpdateToken::Update(const Context& context, Connection& connection) const {
  Path& path = *connection.mutable_path();
  Token own = tokens_.Make();
  SetToken(own, *path.mutable_path_segments(path.index()));
  if (path.index() == 0) return;
  PathSegment& caller = *path.mutable_path_segments(path.index() - 1);
  if (!context.caller.token.empty()) caller.set_token(context.caller.token);
  if (context.caller.token_expires > absl::InfinitePast()) {
    *caller.mutable_expires() = ToTimestamp(context.caller.token_expires);
  } else if (!caller.has_expires()) {
    // Every segment needs an expiry: refreshes and time-outs are computed from them.
    *caller.mutable_expires() = ToTimestamp(own.expires);
  }
}

}  // namespace nsm
