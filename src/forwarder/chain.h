// SPDX-License-Identifier: Apache-2.0
// What a forwarder does with a Request, from top to bottom.
#pragma once

#include "src/dataplane/dataplane.h"
#include "src/forwarder/mechanisms.h"
#include "src/forwarder/vxlan_mechanism.h"
#include "src/nsm/hop/hop.h"
#include "src/nsm/registry/registry_chain.h"
#include "src/nsm/request/begin.h"
#include "src/nsm/request/chain.h"

namespace nsm::forwarder {

// What a forwarder can use, in its order of preference; the dataplane outlives it.
Mechanisms MechanismsOf(dataplane::Dataplane& dataplane, const TunnelEnd& own);

// Everything that is passed outlives the chain; the registries are the NSMgr's. Returns the element that
// knows the established connections.
Begin& Compose(Chain& chain, Hop& hop, const RegistryChain<ServiceKind>& services,
               const RegistryChain<EndpointKind>& endpoints, dataplane::Dataplane& dataplane,
               const Mechanisms& mechanisms);

}  // namespace nsm::forwarder
