// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/tell_monitor.h"

namespace nsm {
namespace {

Cause CauseOf(const Context& context) { return context.is_called ? Cause::kCaller : Cause::kOurs; }

}  // namespace

absl::StatusOr<Connection> TellMonitor::Request(Context& context, NetworkServiceRequest request, Next next) {
  const std::string id = request.connection().id();
  absl::StatusOr<Connection> connection = next.Request(context, std::move(request));
  if (!connection.ok()) {
    monitor_.Down(id);
    return connection;
  }
  connection->set_state(::connection::UP);
  monitor_.Update(*connection, CauseOf(context));
  return connection;
}

absl::Status TellMonitor::Close(Context& context, Connection connection, Next next) {
  // First, so that the next hop's news of the same end is no news.
  monitor_.Delete(connection.id(), CauseOf(context));
  return next.Close(context, std::move(connection));
}

}  // namespace nsm
