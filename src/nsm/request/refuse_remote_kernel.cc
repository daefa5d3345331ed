// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/refuse_remote_kernel.h"

#include <algorithm>

namespace nsm {
namespace {

bool IsLocal(const Mechanism& mechanism) { return mechanism.cls() == mechanism::kLocal; }

}  // namespace

absl::StatusOr<Connection> RefuseRemoteKernel::Request(Context& context, NetworkServiceRequest request,
                                                       Next next) {
  if (context.caller.is_local) return next.Request(context, std::move(request));
  auto& preferences = *request.mutable_mechanism_preferences();
  auto remote = std::stable_partition(preferences.begin(), preferences.end(),
                                      [](const Mechanism& preference) { return !IsLocal(preference); });
  const bool only_local = remote == preferences.begin() && remote != preferences.end();
  if (IsLocal(request.connection().mechanism()) || only_local) {
    return absl::PermissionDeniedError("mechanism KERNEL is accepted over unix sockets only");
  }
  preferences.erase(remote, preferences.end());
  return next.Request(context, std::move(request));
}

}  // namespace nsm
