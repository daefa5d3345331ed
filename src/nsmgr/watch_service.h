// SPDX-License-Identifier: Apache-2.0
// Element: has the service of each connection of this node's clients watched. Place it where names are those
// that the forwarder looks up.
#pragma once

#include "src/nsm/request/chain.h"
#include "src/nsmgr/service_watches.h"

namespace nsm::nsmgr {

class WatchService final : public Element {
 public:
  explicit WatchService(ServiceWatches& monitor) : monitor_(monitor) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override {
    if (!context.caller.is_local) return next.Request(context, std::move(request));
    ServiceWatches::Choice choice{.service = request.connection().network_service(),
                                  .endpoint = "",
                                  .client_labels = request.connection().labels()};
    absl::StatusOr<Connection> connection = next.Request(context, std::move(request));
    if (connection.ok()) {
      choice.endpoint = connection->network_service_endpoint_name();
      monitor_.Watch(connection->id(), std::move(choice), context.close_later);
    }
    return connection;
  }
  absl::Status Close(Context& context, Connection connection, Next next) override {
    monitor_.Forget(connection.id());
    return next.Close(context, std::move(connection));
  }

 private:
  ServiceWatches& monitor_;
};

}  // namespace nsm::nsmgr
