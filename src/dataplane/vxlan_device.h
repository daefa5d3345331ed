// SPDX-License-Identifier: Apache-2.0
// The node's VXLAN device: one per UDP port, in collect-metadata mode.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/core/ids.h"
#include "src/dataplane/ingress_guard.h"
#include "src/netlink/socket.h"

namespace nsm::dataplane {

std::string VxlanDeviceName(uint16_t port);

// Adopts the device if it is as it has to be, makes it anew otherwise: locked against the node's own stack,
// guarded, and only then up. FAILED_PRECONDITION: the UDP port is taken.
absl::StatusOr<Ifindex> EnsureVxlanDevice(netlink::Socket& socket, uint16_t port, IngressGuard& guard);
absl::Status RemoveVxlanDevice(netlink::Socket& socket, uint16_t port);

}  // namespace nsm::dataplane
