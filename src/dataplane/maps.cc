// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/maps.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm::dataplane {
namespace {

static_assert(PodIndex({}).value == NSM_POD_END_BIT);

constexpr int kSourceHeadBits = 64;  // of index and family
constexpr int kWayHeadBits = 96;     // of family and pod
constexpr int kMappedBits = 96;      // of ::ffff:0:0/96

uint32_t FamilyOf(const IpPrefix& prefix) { return prefix.address().is_v4() ? 4 : 6; }

// Of a trie's key, with so many bits in front of the address.
uint32_t KeyBits(int head, const IpPrefix& prefix) {
  return static_cast<uint32_t>(head + (prefix.address().is_v4() ? kMappedBits : 0) + prefix.length());
}

IpPrefix DecodePrefix(uint32_t family, const nsm_address& address, int length) {
  if (family == 4) return {Decode(address), length - kMappedBits};
  const auto* bytes = reinterpret_cast<const uint8_t*>(&address);
  return {*IpAddress::FromBytes(std::span(bytes, sizeof(address))), length};
}

template <size_t kSize>
std::string TextOf(const char (&text)[kSize]) {
  return std::string(text, ::strnlen(text, kSize));
}

template <size_t kSize>
void SetText(char (&to)[kSize], const std::string& text) {
  // The last byte stays NUL.
  std::copy_n(text.begin(), std::min(text.size(), kSize - 1), to);
}

nsm_leg EncodeLeg(const BuiltLeg& leg) {
  nsm_leg encoded{};
  if (const auto* tunnel = std::get_if<Tunnel>(&leg)) {
    encoded.kind = NSM_LEG_TUNNEL;
    encoded.remote = Encode(tunnel->remote);
    encoded.local = Encode(tunnel->local);
    encoded.vni = tunnel->vni.value;
    return encoded;
  }
  const auto& built = std::get<BuiltAttachment>(leg);
  encoded.kind = NSM_LEG_ATTACHMENT;
  encoded.host_ifindex = built.index.value;
  encoded.netns_device = built.netns.device;
  encoded.netns_inode = built.netns.inode;
  encoded.netns_cookie = built.cookie.value;
  SetText(encoded.name, built.name);
  return encoded;
}

BuiltLeg DecodeLeg(const nsm_leg& leg, uint16_t port) {
  if (leg.kind == NSM_LEG_TUNNEL) {
    return Tunnel{.local = Decode(leg.local), .remote = Decode(leg.remote), .port = port, .vni = {leg.vni}};
  }
  return BuiltAttachment{.index = {leg.host_ifindex},
                         .netns = {.device = leg.netns_device, .inode = leg.netns_inode},
                         .cookie = {leg.netns_cookie},
                         .name = TextOf(leg.name)};
}

}  // namespace

absl::StatusOr<Maps> Maps::Open(const std::string& folder) {
  auto path = [&folder](const char* name) { return absl::StrCat(folder, "/", name); };
  ASSIGN_OR_RETURN(auto node, decltype(Maps::node)::OpenPinned(path("node")));
  ASSIGN_OR_RETURN(auto records, decltype(Maps::records)::OpenPinned(path("records")));
  ASSIGN_OR_RETURN(auto egress, decltype(Maps::egress)::OpenPinned(path("egress")));
  ASSIGN_OR_RETURN(auto ingress, decltype(Maps::ingress)::OpenPinned(path("ingress")));
  ASSIGN_OR_RETURN(auto sources, decltype(Maps::allowed_sources)::OpenPinned(path("allowed_sources")));
  ASSIGN_OR_RETURN(auto ways, decltype(Maps::ways_back)::OpenPinned(path("ways_back")));
  ASSIGN_OR_RETURN(auto arrivals, decltype(Maps::arrivals)::OpenPinned(path("arrivals")));
  ASSIGN_OR_RETURN(auto own, decltype(Maps::own_addresses)::OpenPinned(path("own_addresses")));
  ASSIGN_OR_RETURN(auto peers, decltype(Maps::peers)::OpenPinned(path("peers")));
  ASSIGN_OR_RETURN(auto traffic, decltype(Maps::traffic)::OpenPinned(path("traffic")));
  ASSIGN_OR_RETURN(auto counters, decltype(Maps::counters)::OpenPinned(path("counters")));
  return Maps{std::move(node),    std::move(records), std::move(egress),   std::move(ingress),
              std::move(sources), std::move(ways),    std::move(arrivals), std::move(own),
              std::move(peers),   std::move(traffic), std::move(counters)};
}

nsm_address Encode(const IpAddress& address) {
  nsm_address encoded;
  std::array<uint8_t, 16> bytes = address.MappedBytes();
  std::memcpy(&encoded, bytes.data(), sizeof(encoded));
  return encoded;
}

IpAddress Decode(const nsm_address& address) {
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), &address, sizeof(address));
  return IpAddressFromMappedBytes(bytes);
}

nsm_egress Encode(const Egress& egress) {
  nsm_egress encoded{};
  encoded.payload = egress.payload == Payload::kIp ? NSM_PAYLOAD_IP : NSM_PAYLOAD_ETHERNET;
  encoded.guarded = egress.guarded;
  if (const auto* index = std::get_if<Ifindex>(&egress.to)) {
    encoded.kind = NSM_LEG_ATTACHMENT;
    encoded.peer_ifindex = index->value;
    return encoded;
  }
  const auto& tunnel = std::get<Tunnel>(egress.to);
  encoded.kind = NSM_LEG_TUNNEL;
  encoded.remote = Encode(tunnel.remote);
  encoded.local = Encode(tunnel.local);
  encoded.vni = tunnel.vni.value;
  return encoded;
}

Egress Decode(const nsm_egress& egress, uint16_t port) {
  Egress decoded{.to = Ifindex{egress.peer_ifindex},
                 .payload = egress.payload == NSM_PAYLOAD_IP ? Payload::kIp : Payload::kEthernet,
                 .guarded = egress.guarded != 0};
  if (egress.kind == NSM_LEG_TUNNEL) {
    decoded.to = Tunnel{
        .local = Decode(egress.local), .remote = Decode(egress.remote), .port = port, .vni = {egress.vni}};
  }
  return decoded;
}

nsm_tunnel_key Encode(const TunnelKey& key) { return {Encode(key.remote), key.vni.value}; }
TunnelKey Decode(const nsm_tunnel_key& key) { return {.remote = Decode(key.remote), .vni = {key.vni}}; }

nsm_ingress Encode(const Ingress& ingress) {
  nsm_ingress encoded{};
  encoded.local = Encode(ingress.local);
  encoded.ifindex = ingress.index.value;
  return encoded;
}

Ingress Decode(const nsm_ingress& ingress) {
  return {.local = Decode(ingress.local), .index = {ingress.ifindex}};
}

nsm_source_key EncodeSource(Ifindex index, const IpPrefix& prefix) {
  return {KeyBits(kSourceHeadBits, prefix), index.value, FamilyOf(prefix), Encode(prefix.address())};
}

IpPrefix DecodeSource(const nsm_source_key& key) {
  return DecodePrefix(key.family, key.address, static_cast<int>(key.prefix_length) - kSourceHeadBits);
}

nsm_way_key Encode(const Way& way) {
  return {KeyBits(kWayHeadBits, way.prefix), FamilyOf(way.prefix), way.pod.value,
          Encode(way.prefix.address())};
}
Way Decode(const nsm_way_key& key) {
  return {
      .pod = {key.pod},
      .prefix = DecodePrefix(key.family, key.address, static_cast<int>(key.prefix_length) - kWayHeadBits)};
}

nsm_record_key EncodeKey(const std::string& id) {
  nsm_record_key key{};
  SetText(key.id, id);
  return key;
}

nsm_record Encode(const Record& record) {
  nsm_record encoded{};
  encoded.expiry = absl::ToUnixNanos(record.expiry);
  encoded.mtu = record.mtu;
  encoded.payload = record.payload == Payload::kIp ? NSM_PAYLOAD_IP : NSM_PAYLOAD_ETHERNET;
  encoded.guarded = record.guarded;
  encoded.peer_answers = record.peer_answers;
  for (int i : {0, 1}) encoded.legs[i] = EncodeLeg(record.legs[i]);
  return encoded;
}

Record Decode(const nsm_record_key& key, const nsm_record& record, uint16_t port) {
  return {.id = TextOf(key.id),
          .expiry = absl::FromUnixNanos(record.expiry),
          .payload = record.payload == NSM_PAYLOAD_IP ? Payload::kIp : Payload::kEthernet,
          .guarded = record.guarded != 0,
          .mtu = record.mtu,
          .peer_answers = record.peer_answers != 0,
          .legs = {DecodeLeg(record.legs[0], port), DecodeLeg(record.legs[1], port)}};
}

nsm_traffic SumOfTraffic(const Maps& maps, Ifindex index) {
  nsm_traffic sum{};
  for (const nsm_traffic& part : maps.traffic.Find(index.value)) {
    sum.packets_sent += part.packets_sent;
    sum.bytes_sent += part.bytes_sent;
    sum.packets_received += part.packets_received;
    sum.bytes_received += part.bytes_received;
    sum.fast_sent += part.fast_sent;
    sum.fast_received += part.fast_received;
    sum.last_slow = std::max(sum.last_slow, part.last_slow);
  }
  return sum;
}

std::vector<Record> ReadRecords(const Maps& maps, uint16_t port) {
  std::vector<Record> records;
  for (const nsm_record_key& key : maps.records.Keys()) {
    std::optional<nsm_record> encoded = maps.records.Find(key);
    if (encoded.has_value()) records.push_back(Decode(key, *encoded, port));
  }
  return records;
}

}  // namespace nsm::dataplane
