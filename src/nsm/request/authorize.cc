// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/authorize.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/nsm/wire/path.h"
#include "src/nsm/wire/token_claims.h"

namespace nsm {

absl::StatusOr<Connection> Authorize::Request(Context& context, NetworkServiceRequest request, Next next) {
  RETURN_IF_ERROR(Check(context, request.connection()));
  return next.Request(context, std::move(request));
}

absl::Status Authorize::Close(Context& context, Connection connection, Next next) {
  RETURN_IF_ERROR(Check(context, connection));
  return next.Close(context, std::move(connection));
}

absl::Status Authorize::Check(const Context& context, const Connection& connection) const {
  if (!context.is_called || !own_.is_secure()) return absl::OkStatus();
  const Path& path = connection.path();
  RETURN_IF_ERROR(policies_.CheckCall(own_, context.caller.peer,
                                      TokensOf(path, static_cast<int>(path.index())), clock_.Now()));
  return CheckOwner(context.caller.peer, connection);
}

absl::Status Authorize::CheckOwner(const Peer& caller, const Connection& connection) const {
  const std::optional<Connection> known = known_.Find(connection.id());
  if (!known) return absl::OkStatus();
  const Path& path = known->path();
  const int own = static_cast<int>(path.index());
  for (int i = 0; i < std::min(own, path.path_segments_size()); ++i) {
    if (TokenSubject(path.path_segments(i).token()) == caller.id) return absl::OkStatus();
  }
  // All in front of the caller's own segment.
  if (own >= 2 && connection.path().index() == path.index() &&
      IsSameWay(connection.path(), path, path.index() - 2)) {
    return absl::OkStatus();
  }
  return absl::PermissionDeniedError(absl::StrCat("policy server/connection_owner: connection ",
                                                  connection.id(), " is not one of ", caller.id));
}

std::vector<std::string> TokensOf(const Path& path, int last) {
  std::vector<std::string> tokens;
  for (int i = 0; i <= last && i < path.path_segments_size(); ++i) {
    tokens.push_back(path.path_segments(i).token());
  }
  return tokens;
}

}  // namespace nsm
