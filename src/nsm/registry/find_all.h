// SPDX-License-Identifier: Apache-2.0
// Find as a function, for look-ups inside a chain: blocks until the search has ended.
#pragma once

#include <vector>

#include "src/nsm/registry/registry_chain.h"

namespace nsm {

// Everything that the rest of the chain finds. At the context's deadline the search is cancelled and the
// answer is DEADLINE_EXCEEDED. `query.watch` is not looked at: this never watches.
template <typename Kind>
absl::StatusOr<std::vector<typename Kind::Entry>> FindAll(const RegistryNext<Kind>& next,
                                                          const Context& context, typename Kind::Query query);

// The same by an entry that holds what is asked for.
absl::StatusOr<std::vector<NetworkService>> FindAll(const RegistryNext<ServiceKind>& next,
                                                    const Context& context, const NetworkService& wanted);
absl::StatusOr<std::vector<NetworkServiceEndpoint>> FindAll(const RegistryNext<EndpointKind>& next,
                                                            const Context& context,
                                                            const NetworkServiceEndpoint& wanted);

}  // namespace nsm
