// SPDX-License-Identifier: Apache-2.0
// As long as an endpoint is registered its name belongs to its registrant (path_ids[0]).
#pragma once

#include "absl/status/status.h"
#include "src/nsm/wire/wire.h"

namespace nsm::registry {

// Whether the registrant of `entry` may renew or end what is `known` under its name. PERMISSION_DENIED names
// both. What nobody has registered, but an operator or another program has put there, is anybody's.
absl::Status CheckOwner(const NetworkServiceEndpoint& known, const NetworkServiceEndpoint& entry);

}  // namespace nsm::registry
