// SPDX-License-Identifier: Apache-2.0
// How packets get to a peer, the other end of tunnels: what the kernel's routes mean for map "peers".
#pragma once

#include <linux/types.h>

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "bpf/types.h"
#include "src/core/ip_address.h"
#include "src/netlink/link.h"
#include "src/netlink/route.h"

namespace nsm::dataplane {

// What the connections to a peer ask of it.
struct PeerNeeds {
  uint32_t promised = 0;  // the largest packet that one of them carries
  bool answers = true;    // probes: all of them have been told so
  bool operator==(const PeerNeeds&) const = default;
};

// How the kernel sends there.
struct WayToPeer {
  netlink::RouteLookup route;
  netlink::Link link;
  uint32_t Mtu() const;  // of outer packets
};

// The largest packet of a pod that fits. FAILED_PRECONDITION: none does.
absl::StatusOr<uint32_t> LargestInside(const IpAddress& remote, const WayToPeer& way);

// What map "peers" has to say, as of a peer that nobody has heard of yet. Without a way nothing is too big
// for it. The fast path leads there if it `may`, and the programs can write all that the kernel would.
nsm_peer LeadTo(const IpAddress& remote, const PeerNeeds& needs, const std::optional<WayToPeer>& way,
                bool may);

}  // namespace nsm::dataplane
