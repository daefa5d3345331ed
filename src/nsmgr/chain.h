// SPDX-License-Identifier: Apache-2.0
// What an NSMgr does with a Request, from top to bottom.
#pragma once

#include "src/nsm/address_map.h"
#include "src/nsm/begin.h"
#include "src/nsm/chain.h"
#include "src/nsm/client_info.h"
#include "src/nsm/hop.h"
#include "src/nsm/own_domain.h"
#include "src/nsm/prefix_list.h"
#include "src/nsmgr/registry_chain.h"
#include "src/nsmgr/service_monitor.h"

namespace nsm::nsmgr {

// Everything that is passed outlives the chain. Returns the element that knows the established connections.
Begin& Compose(Chain& chain, Hop& hop, const Registries& registries, const OwnDomains& own_domains,
               const AddressMap& addresses, const PrefixList& excluded, ServiceMonitor& services,
               const Labels& labels);

}  // namespace nsm::nsmgr
