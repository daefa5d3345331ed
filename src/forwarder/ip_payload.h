// SPDX-License-Identifier: Apache-2.0
// Payload IP on links that are Ethernet underneath: veth pairs, and VXLAN between nodes.
//
// Nobody asks for MAC addresses: each side has a fixed one and permanent neighbours. Over VXLAN that is an
// agreement between forwarders of this project, confirmed by a mechanism parameter, because others (NSM v1's
// own among them) take VXLAN for payload ETHERNET only and would accept such a request without building a
// tunnel.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "src/dataplane/cross_connect.h"
#include "src/forwarder/ip_context.h"
#include "src/nsm/wire/wire.h"

namespace nsm::forwarder {

// Gives a pod's interface the MAC address of its side, and neighbours for the addresses of the other side.
void UseFixedNeighbors(Side side, const std::vector<IpAddress>& opposite, dataplane::Attachment& attachment);

// Says in a VXLAN mechanism or preference that it carries payload IP.
void ConfirmIp(Mechanism& mechanism);
// FAILED_PRECONDITION names the mechanism if it does not say so.
absl::Status CheckIpConfirmed(const Mechanism& mechanism);

}  // namespace nsm::forwarder
