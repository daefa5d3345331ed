// SPDX-License-Identifier: Apache-2.0
// What an NSMgr does with a Request, from top to bottom.
#pragma once

#include "src/nsm/config/address_map.h"
#include "src/nsm/config/own_domains.h"
#include "src/nsm/hop/hop.h"
#include "src/nsm/request/begin.h"
#include "src/nsm/request/chain.h"
#include "src/nsm/request/client_info.h"
#include "src/nsmgr/prefix_list.h"
#include "src/nsmgr/registries.h"
#include "src/nsmgr/service_watches.h"

namespace nsm::nsmgr {

// Everything that is passed outlives the chain. Returns the element that knows the established connections.
Begin& Compose(Chain& chain, Hop& hop, const Registries& registries, const OwnDomains& own_domains,
               AddressMap& addresses, const PrefixList& excluded, ServiceWatches& services,
               const Labels& labels);

}  // namespace nsm::nsmgr
