// SPDX-License-Identifier: Apache-2.0
#include "src/registry/limit_life.h"

#include "src/core/status_macros.h"
#include "src/nsm/registry/registration_life.h"
#include "src/nsm/wire/time.h"

namespace nsm::registry {

absl::StatusOr<NetworkServiceEndpoint> LimitLife::Register(Context& context, Entry entry,
                                                           RegistryNext<EndpointKind> next) {
  const absl::Time now = clock_.Now();
  ASSIGN_OR_RETURN(absl::Duration life, RegistrationLife(context.caller, entry, longest_, now));
  *entry.mutable_expiration_time() = ToTimestamp(now + life);
  return next.Register(context, std::move(entry));
}

}  // namespace nsm::registry
