// SPDX-License-Identifier: Apache-2.0
#include "src/registry/registration_time.h"

#include "src/core/status_macros.h"
#include "src/nsm/wire/time.h"

namespace nsm::registry {

absl::StatusOr<NetworkServiceEndpoint> RegistrationTime::Register(Context& context, Entry entry,
                                                                  RegistryNext<EndpointKind> next) {
  ASSIGN_OR_RETURN(auto known, store_.Get(entry.name()));
  if (known && known->entry.has_initial_registration_time()) {
    *entry.mutable_initial_registration_time() = known->entry.initial_registration_time();
  } else if (!entry.has_initial_registration_time()) {
    *entry.mutable_initial_registration_time() = ToTimestamp(clock_.Now());
  }
  return next.Register(context, std::move(entry));
}

}  // namespace nsm::registry
