// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/update_path.h"

#include "src/core/status_macros.h"
#include "src/nsm/wire/path.h"

namespace nsm {

absl::StatusOr<Connection> UpdatePath::Request(Context& context, NetworkServiceRequest request, Next next) {
  uint32_t caller_index = request.connection().path().index();
  RETURN_IF_ERROR(EnterHop(name_, *request.mutable_connection()));
  ASSIGN_OR_RETURN(Connection connection, next.Request(context, std::move(request)));
  LeaveHop(caller_index, connection);
  return connection;
}

absl::Status UpdatePath::Close(Context& context, Connection connection, Next next) {
  RETURN_IF_ERROR(EnterHop(name_, connection));
  return next.Close(context, std::move(connection));
}

}  // namespace nsm
