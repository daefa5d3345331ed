// SPDX-License-Identifier: Apache-2.0
// Payload IP on links that are Ethernet underneath: veth pairs, and VXLAN between nodes.
//
// Nobody asks for MAC addresses: each side has a fixed one and permanent neighbours.
#pragma once

#include <vector>

#include "src/dataplane/cross_connect.h"
#include "src/forwarder/ip_context.h"

namespace nsm::forwarder {

// Gives a pod's interface the MAC address of its side, and neighbours for the addresses of the other side.
void UseFixedNeighbors(Side side, const std::vector<IpAddress>& opposite, dataplane::Attachment& attachment);

}  // namespace nsm::forwarder
