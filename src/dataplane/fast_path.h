// SPDX-License-Identifier: Apache-2.0
// The fast path: programs write and strip outer headers themselves, without the node's VXLAN device. It leads
// to a peer as long as map "paths" says so; packets that it is not for take the device (bpf/encapsulate.h,
// bpf/decapsulate.h).
#pragma once

#include <linux/types.h>

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bpf/types.h"
#include "src/core/ip_address.h"
#include "src/dataplane/dataplane.h"
#include "src/netlink/link.h"
#include "src/netlink/route.h"

namespace nsm::dataplane {

// Runs the programs on a packet, with the maps pinned below `folder`. FAILED_PRECONDITION, with the reason:
// this kernel does not do what they ask of it.
absl::Status ProbeFastPath(const std::string& folder);

// How the kernel sends to a peer.
struct WayToPeer {
  netlink::RouteLookup route;
  netlink::Link link;
  uint32_t Mtu() const;  // of outer packets
};
// How the fast path leads to a peer there; none: only the VXLAN device may.
std::optional<nsm_path> FastPathTo(const IpAddress& remote, const WayToPeer& way);

// What the VXLAN device chooses source ports from, of the calling thread's namespace.
struct SourcePorts {
  uint16_t first = 0;
  uint16_t count = 0;
  bool operator==(const SourcePorts&) const = default;
};
absl::StatusOr<SourcePorts> ReadSourcePorts();

}  // namespace nsm::dataplane
