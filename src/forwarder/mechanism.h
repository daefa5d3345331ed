// SPDX-License-Identifier: Apache-2.0
// Between mechanisms on the wire and legs of the dataplane: pure translation, nothing is done here.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "src/core/url.h"
#include "src/dataplane/cross_connect.h"
#include "src/nsm/wire/wire.h"

namespace nsm::forwarder {

// What this node's end of every tunnel is.
struct TunnelEnd {
  IpAddress address;
  uint16_t port = 4789;
};

// The interface that a mechanism KERNEL names. Who may name one is RefuseRemoteKernel's to judge.
absl::StatusOr<dataplane::Attachment> ToAttachment(const Mechanism& mechanism);

// The peer of a VXLAN mechanism: at the endpoint's side (`is_server`) its src_ip, at the client's its dst_ip.
// Ports other than this node's are refused: a tunnel has one UDP port for both directions.
absl::StatusOr<IpAddress> VxlanPeer(const Mechanism& mechanism, const TunnelEnd& own, bool is_server);
// The tunnel of a fully negotiated mechanism.
absl::StatusOr<dataplane::Tunnel> ToTunnel(const Mechanism& mechanism, const TunnelEnd& own, bool is_server);
// Whether the endpoint's side should try an even VNI first (NSM v1: even if src <= dst, of the original
// addresses where there are such; what is no address counts as the smallest).
bool PrefersEvenVni(const Mechanism& mechanism, const TunnelEnd& own);

// What we can use towards a next hop: KERNEL to a program of this node, VXLAN to another node.
Mechanism PreferenceFor(const Url& next_hop, const TunnelEnd& own, uint32_t mtu);
// The negotiated mechanism of a leg that exists, for asking for the same again.
Mechanism ToMechanism(const dataplane::Leg& leg);

}  // namespace nsm::forwarder
