// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/strip_own_domain.h"
#include "src/nsm/wire/interdomain_name.h"

#include "src/core/status_macros.h"

namespace nsm {

absl::StatusOr<Connection> StripOwnDomain::Request(Context& context, NetworkServiceRequest request,
                                                   Next next) {
  const std::string service = request.connection().network_service();
  const std::string domain = Strip(*request.mutable_connection());
  ASSIGN_OR_RETURN(Connection connection, next.Request(context, std::move(request)));
  if (domain.empty()) return connection;
  connection.set_network_service(service);
  const std::string& endpoint = connection.network_service_endpoint_name();
  if (!endpoint.empty() && !InterdomainName::Split(endpoint)) {
    connection.set_network_service_endpoint_name(InterdomainName{endpoint, domain}.ToString());
  }
  return connection;
}

absl::Status StripOwnDomain::Close(Context& context, Connection connection, Next next) {
  Strip(connection);
  return next.Close(context, std::move(connection));
}

std::string StripOwnDomain::Strip(Connection& connection) const {
  std::string domain;
  auto endpoint = InterdomainName::Split(connection.network_service_endpoint_name());
  if (endpoint && own_.IsOwn(endpoint->domain)) {
    domain = endpoint->domain;
    connection.set_network_service_endpoint_name(endpoint->target);
  }
  auto service = InterdomainName::Split(connection.network_service());
  if (service && own_.IsOwn(service->domain)) {
    domain = service->domain;
    connection.set_network_service(service->target);
  }
  return domain;
}

}  // namespace nsm
