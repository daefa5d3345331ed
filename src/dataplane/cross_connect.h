// SPDX-License-Identifier: Apache-2.0
// What the dataplane is asked to build, as values.
//
// An attachment is an interface in a pod's namespace with its host end; a leg is one side of a connection, an
// attachment or a tunnel; a cross-connect joins two legs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "src/core/ids.h"
#include "src/core/ip_address.h"
#include "src/core/mac_address.h"

namespace nsm::dataplane {

struct Route {
  IpPrefix prefix;
  std::optional<IpAddress> next_hop;  // none: the destination is on the link
  // To more than the other end itself.
  bool LeadsBeyond() const { return next_hop.has_value() || prefix.length() < prefix.address().bits(); }
  bool operator==(const Route&) const = default;
};

// An address on the link whose MAC address need not be asked for.
struct Neighbor {
  IpAddress address;
  MacAddress mac;
  bool operator==(const Neighbor&) const = default;
};

struct Attachment {
  NetnsInode netns;               // where the pod's namespace is found
  std::string name;               // of the interface in the pod, 1 to 15 bytes
  std::string alias;              // IFLA_IFALIAS of the interface in the pod
  std::optional<MacAddress> mac;  // of the interface in the pod; none leaves the kernel's choice
  // One that an older version has made with another MAC address keeps that, which others have remembered.
  bool keeps_first_mac = false;
  std::vector<Neighbor> neighbors;  // permanent ones, in the pod
  std::vector<IpPrefix> addresses;  // of the interface in the pod
  std::vector<Route> routes;        // in the pod, over this interface, in the order in which they are added
  std::vector<IpPrefix> allowed_sources;  // what the pod may send from, where the cross-connect is guarded
  bool operator==(const Attachment&) const = default;
};

struct Tunnel {
  IpAddress local;  // this node's tunnel address
  // The peer as this node sees it: outer source of what arrives, destination of what leaves.
  IpAddress remote;
  uint16_t port = 4789;  // UDP, both directions
  Vni vni;
  bool operator==(const Tunnel&) const = default;
};

using Leg = std::variant<Attachment, Tunnel>;

enum class Payload : uint8_t { kEthernet, kIp };

struct CrossConnect {
  std::string id;     // connection id at this forwarder, 1 to 63 bytes; the key for everything
  absl::Time expiry;  // removed after a restart when nobody has asked for it again by then
  Payload payload = Payload::kEthernet;
  bool guarded = false;  // enforce allowed_sources; always so for Payload::kIp
  uint32_t mtu = 0;      // of the interfaces in the pods; 0 leaves the kernel's default
  // The other end of the tunnel has said that it answers probes (bpf/probe.h).
  bool peer_answers = false;
  Leg client;  // the side that the Request came from
  Leg endpoint;
  bool operator==(const CrossConnect&) const = default;
};

}  // namespace nsm::dataplane
