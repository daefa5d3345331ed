// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/external_tunnel.h"

#include "src/core/status_macros.h"

namespace nsm {
namespace {

bool IsFromOutside(const Mechanism& mechanism) {
  return !Parameter(mechanism, mechanism::kOrigSrcIp).empty();
}

// True if it comes from another domain.
bool ForgetDestination(Mechanism& mechanism) {
  if (!IsFromOutside(mechanism)) return false;
  mechanism.mutable_parameters()->erase(mechanism::kDstIp);
  mechanism.mutable_parameters()->erase(mechanism::kOrigDstIp);
  return true;
}

}  // namespace

ExternalTunnel::ExternalTunnel(AddressMap& addresses, ConnectionMonitor& monitor) : addresses_(addresses) {
  addresses.Tell([&monitor](const AddressMap::Entries& changed) {
    monitor.DownIf([&changed](const Connection& connection) {
      return HasInternal(changed, Parameter(connection.mechanism(), mechanism::kOrigDstIp));
    });
  });
}

absl::StatusOr<Connection> ExternalTunnel::Request(Context& context, NetworkServiceRequest request,
                                                   Next next) {
  bool from_outside = false;
  if (request.connection().has_mechanism()) {
    from_outside |= ForgetDestination(*request.mutable_connection()->mutable_mechanism());
  }
  for (Mechanism& preference : *request.mutable_mechanism_preferences()) {
    from_outside |= ForgetDestination(preference);
  }
  ASSIGN_OR_RETURN(Connection connection, next.Request(context, std::move(request)));
  if (!from_outside || !connection.has_mechanism()) return connection;
  auto& parameters = *connection.mutable_mechanism()->mutable_parameters();
  std::string dst_ip = Parameter(connection.mechanism(), mechanism::kDstIp);
  // With orig_dst_ip a hop behind us has translated already.
  if (dst_ip.empty() || !Parameter(connection.mechanism(), mechanism::kOrigDstIp).empty()) return connection;
  parameters[mechanism::kOrigDstIp] = dst_ip;
  parameters[mechanism::kDstIp] = addresses_.ToExternal(dst_ip);
  return connection;
}

absl::Status ExternalTunnel::Close(Context& context, Connection connection, Next next) {
  if (IsFromOutside(connection.mechanism())) {
    auto& parameters = *connection.mutable_mechanism()->mutable_parameters();
    if (std::string own = Parameter(connection.mechanism(), mechanism::kOrigDstIp); !own.empty()) {
      parameters[mechanism::kDstIp] = own;
      parameters.erase(mechanism::kOrigDstIp);
    }
  }
  return next.Close(context, std::move(connection));
}

}  // namespace nsm
