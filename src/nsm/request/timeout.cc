// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/timeout.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/nsm/wire/expiry.h"
#include "src/nsm/wire/path.h"

namespace nsm {

absl::StatusOr<Connection> Timeout::Request(Context& context, NetworkServiceRequest request, Next next) {
  const PathSegment* caller = PreviousSegment(request.connection());
  if (caller == nullptr || !caller->has_expires()) return next.Request(context, std::move(request));
  const std::string name = caller->name();
  ASSIGN_OR_RETURN(const absl::Duration life, LifeOf(*caller, clock_.Now()));
  ASSIGN_OR_RETURN(Connection connection, next.Request(context, std::move(request)));
  if (context.close_later) {
    lives_.Set(connection.id(), life, absl::StrCat("not refreshed by ", name, " before its token expired"),
               context.close_later);
  }
  return connection;
}

absl::Status Timeout::Close(Context& context, Connection connection, Next next) {
  lives_.Forget(connection.id());
  return next.Close(context, std::move(connection));
}

}  // namespace nsm
