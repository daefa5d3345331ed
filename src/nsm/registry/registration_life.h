// SPDX-License-Identifier: Apache-2.0
// How long a registration lives that has just come.
#pragma once

#include "src/nsm/registry/registry_chain.h"

namespace nsm {

// Until the soonest of: the caller's token expires, `default_life` has passed, the time that the caller asked
// for. Each is judged by the clock of who said it (src/nsm/wire/expiry.h). The error names the endpoint.
absl::StatusOr<absl::Duration> RegistrationLife(const Caller& caller, const NetworkServiceEndpoint& entry,
                                                absl::Duration default_life, absl::Time now);

}  // namespace nsm
