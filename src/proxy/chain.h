// SPDX-License-Identifier: Apache-2.0
// What a proxy does with a Request (proxy NSMgr), from top to bottom.
#pragma once

#include "src/nsm/config/address_map.h"
#include "src/nsm/config/own_domains.h"
#include "src/nsm/hop/hop.h"
#include "src/nsm/request/begin.h"
#include "src/nsm/request/chain.h"
#include "src/proxy/registries.h"
#include "src/proxy/resolver.h"

namespace nsm::proxy {

Begin& Compose(Chain& chain, Hop& hop, const Registries& registries, Resolver& resolver,
               const OwnDomains& own_domains, AddressMap& addresses);

}  // namespace nsm::proxy
