// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/swap_ip.h"

#include "src/core/status_macros.h"

namespace nsm::proxy {
namespace {

void SwapBack(Mechanism& mechanism) {
  std::string own = Parameter(mechanism, mechanism::kOrigSrcIp);
  if (own.empty()) return;
  auto& parameters = *mechanism.mutable_parameters();
  parameters[mechanism::kSrcIp] = own;
  parameters.erase(mechanism::kOrigSrcIp);
}

}  // namespace

SwapIp::SwapIp(AddressMap& addresses, ConnectionMonitor& monitor) : addresses_(addresses) {
  addresses.Tell([&monitor](const AddressMap::Entries& changed) {
    monitor.DownIf([&changed](const Connection& connection) {
      const Mechanism& mechanism = connection.mechanism();
      return Parameter(mechanism, mechanism::kOrigSrcIp).empty() &&
             HasInternal(changed, Parameter(mechanism, mechanism::kSrcIp));
    });
  });
}

absl::StatusOr<Connection> SwapIp::Request(Context& context, NetworkServiceRequest request, Next next) {
  bool swapped = false;
  if (request.connection().has_mechanism()) {
    swapped |= Swap(*request.mutable_connection()->mutable_mechanism());
  }
  for (Mechanism& preference : *request.mutable_mechanism_preferences()) swapped |= Swap(preference);
  ASSIGN_OR_RETURN(Connection connection, next.Request(context, std::move(request)));
  if (swapped && connection.has_mechanism()) SwapBack(*connection.mutable_mechanism());
  return connection;
}

absl::Status SwapIp::Close(Context& context, Connection connection, Next next) {
  if (connection.has_mechanism()) Swap(*connection.mutable_mechanism());
  return next.Close(context, std::move(connection));
}

bool SwapIp::Swap(Mechanism& mechanism) const {
  const std::string own = Parameter(mechanism, mechanism::kSrcIp);
  if (own.empty() || !Parameter(mechanism, mechanism::kOrigSrcIp).empty()) return false;
  auto& parameters = *mechanism.mutable_parameters();
  parameters[mechanism::kOrigSrcIp] = own;
  parameters[mechanism::kSrcIp] = addresses_.ToExternal(own);
  return true;
}

}  // namespace nsm::proxy
