// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/refuse_remote_kernel.h"

#include <algorithm>

#include "src/nsm/wire/mechanism_kind.h"

namespace nsm {

absl::StatusOr<Connection> RefuseRemoteKernel::Request(Context& context, NetworkServiceRequest request,
                                                       Next next) {
  if (context.caller.is_local) return next.Request(context, std::move(request));
  auto& preferences = *request.mutable_mechanism_preferences();
  auto remote =
      std::stable_partition(preferences.begin(), preferences.end(),
                            [](const Mechanism& preference) { return !KindOf(preference).is_local(); });
  const bool only_local = remote == preferences.begin() && remote != preferences.end();
  if (KindOf(request.connection().mechanism()).is_local() || only_local) {
    return absl::PermissionDeniedError("mechanism KERNEL is accepted over unix sockets only");
  }
  preferences.erase(remote, preferences.end());
  return next.Request(context, std::move(request));
}

}  // namespace nsm
