// SPDX-License-Identifier: Apache-2.0
// Whose is what is attached to the devices of a node, where more than one dataplane may be: a program is a
// dataplane's if it uses that one's maps.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "src/netlink/socket.h"

namespace nsm::dataplane {

// FAILED_PRECONDITION, with what to do: there is a VXLAN device of ours for the port, and it is guarded by a
// program that does not use the map `counters` (the kernel's number; 0: none is ours).
absl::Status CheckVxlanOwner(netlink::Socket& socket, uint16_t port, uint32_t counters);
// Removes those of our filters at this handle, at the ingress of any link, whose program uses the map.
absl::Status RemoveFilters(netlink::Socket& socket, uint32_t handle, uint32_t map);

}  // namespace nsm::dataplane
