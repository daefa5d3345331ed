// SPDX-License-Identifier: Apache-2.0
// What an endpoint does with a Request, from top to bottom.
#pragma once

#include <vector>

#include "src/endpoint/accept_kernel.h"
#include "src/endpoint/ipam.h"
#include "src/endpoint/point_to_point.h"
#include "src/nsm/hop/hop.h"
#include "src/nsm/request/begin.h"
#include "src/nsm/request/chain.h"

namespace nsm::endpoint {

// Everything that is passed by reference outlives the chain. Returns the element that knows the established
// connections.
Begin& Compose(Chain& chain, Hop& hop, Ipam& ipam, IpamPolicy policy, const std::vector<IpPrefix>& routes,
               const OwnSide& own);

}  // namespace nsm::endpoint
