// SPDX-License-Identifier: Apache-2.0
// The steps in which the kernel is changed, as values: compared in tests, printed in errors, undone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "src/core/ids.h"
#include "src/core/ip_address.h"
#include "src/dataplane/cross_connect.h"
#include "src/dataplane/record.h"

namespace nsm::dataplane {

// Where what a pod sends goes: into a tunnel, or out of the host end with this index.
struct Egress {
  std::variant<Tunnel, Ifindex> to;
  Payload payload = Payload::kEthernet;
  bool guarded = false;
  bool operator==(const Egress&) const = default;
};

struct TunnelKey {
  IpAddress remote;
  Vni vni;
  auto operator<=>(const TunnelKey&) const = default;
};

// Where what a tunnel brings goes.
struct Ingress {
  IpAddress local;
  Ifindex index;
  bool operator==(const Ingress&) const = default;
};

struct PutRecord {
  Record record;
  std::optional<Record> before;
  bool operator==(const PutRecord&) const = default;
};
struct DropRecord {
  std::string id;
  bool operator==(const DropRecord&) const = default;
};
// The pair, both ends down, the host end in the group of live ones. A MAC address is that of both ends: the
// host end, where it means nothing, tells for ever with which one the pod's end was made.
struct CreatePair {
  BuiltAttachment attachment;
  uint32_t mtu = 0;
  std::optional<MacAddress> mac = std::nullopt;
  bool operator==(const CreatePair&) const = default;
};
// Down, the name in the pod free, the link deleted soon after. What is gone already is fine.
struct DoomPair {
  BuiltAttachment attachment;
  bool operator==(const DoomPair&) const = default;
};
struct AttachHostGuard {
  Ifindex index;
  bool operator==(const AttachHostGuard&) const = default;
};
struct RaiseHostEnd {
  Ifindex index;
  bool operator==(const RaiseHostEnd&) const = default;
};
struct SetMtu {
  BuiltAttachment attachment;
  uint32_t mtu = 0;
  uint32_t before = 0;
  bool operator==(const SetMtu&) const = default;
};
struct AttachPodGuard {
  BuiltAttachment attachment;
  bool operator==(const AttachPodGuard&) const = default;
};
struct DetachPodGuard {
  BuiltAttachment attachment;
  bool operator==(const DetachPodGuard&) const = default;
};
struct AttachArrivalGuard {
  BuiltAttachment attachment;
  bool operator==(const AttachArrivalGuard&) const = default;
};
struct DetachArrivalGuard {
  BuiltAttachment attachment;
  bool operator==(const DetachArrivalGuard&) const = default;
};
struct PodSettings {
  std::string alias;
  std::optional<MacAddress> mac;  // none: stays as it is
  bool ipv6 = false;              // on or off
  bool operator==(const PodSettings&) const = default;
};
// Settings of the pod's namespace and end, and up. With a MAC address a link loses its neighbours.
struct ConfigurePodEnd {
  BuiltAttachment attachment;
  PodSettings settings;
  std::optional<PodSettings> before;
  bool operator==(const ConfigurePodEnd&) const = default;
};
struct AddNeighbor {
  BuiltAttachment attachment;
  Neighbor neighbor;
  bool operator==(const AddNeighbor&) const = default;
};
struct RemoveNeighbor {
  BuiltAttachment attachment;
  Neighbor neighbor;
  bool operator==(const RemoveNeighbor&) const = default;
};
struct AddAddress {
  BuiltAttachment attachment;
  IpPrefix prefix;
  bool operator==(const AddAddress&) const = default;
};
struct RemoveAddress {
  BuiltAttachment attachment;
  IpPrefix prefix;
  bool operator==(const RemoveAddress&) const = default;
};
// Beside other routes to the prefix, over other links or of others, which stay in use.
struct AddRoute {
  BuiltAttachment attachment;
  Route route;
  bool operator==(const AddRoute&) const = default;
};
struct RemoveRoute {
  BuiltAttachment attachment;
  Route route;
  bool operator==(const RemoveRoute&) const = default;
};
struct AllowSource {
  Ifindex index;
  IpPrefix prefix;
  bool operator==(const AllowSource&) const = default;
};
struct DisallowSource {
  Ifindex index;
  IpPrefix prefix;
  bool operator==(const DisallowSource&) const = default;
};
// All of an attachment's.
struct DisallowAllSources {
  Ifindex index;
  bool operator==(const DisallowAllSources&) const = default;
};
// Notes that an attachment leads to a prefix (ways_back.h).
struct AddWayBack {
  BuiltAttachment attachment;
  IpPrefix prefix;
  bool operator==(const AddWayBack&) const = default;
};
struct RemoveWayBack {
  BuiltAttachment attachment;
  IpPrefix prefix;
  bool operator==(const RemoveWayBack&) const = default;
};
// All of an attachment's.
struct RemoveAllWaysBack {
  Ifindex index;
  bool operator==(const RemoveAllWaysBack&) const = default;
};
struct PutEgress {
  Ifindex index;
  Egress egress;
  std::optional<Egress> before;
  bool operator==(const PutEgress&) const = default;
};
struct DropEgress {
  Ifindex index;
  bool operator==(const DropEgress&) const = default;
};
struct PutIngress {
  TunnelKey key;
  Ingress ingress;
  std::optional<Ingress> before;
  bool operator==(const PutIngress&) const = default;
};
struct DropIngress {
  TunnelKey key;
  bool operator==(const DropIngress&) const = default;
};

using Op = std::variant<PutRecord, DropRecord, CreatePair, DoomPair, AttachHostGuard, RaiseHostEnd, SetMtu,
                        AttachPodGuard, DetachPodGuard, AttachArrivalGuard, DetachArrivalGuard,
                        ConfigurePodEnd, AddNeighbor, RemoveNeighbor, AddAddress, RemoveAddress, AddRoute,
                        RemoveRoute, AllowSource, DisallowSource, DisallowAllSources, AddWayBack,
                        RemoveWayBack, RemoveAllWaysBack, PutEgress, DropEgress, PutIngress, DropIngress>;

std::string ToString(const Op& op);
// Of its kind: "create pair".
const char* KindOf(const Op& op);
// What takes the step back; none where that is not needed (the pair is doomed as a whole, a repair may stay,
// as that the pod's end is up)
// or not possible (the steps that Plan puts last).
std::optional<Op> Inverse(const Op& op);

}  // namespace nsm::dataplane
