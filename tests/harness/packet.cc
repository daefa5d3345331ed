// SPDX-License-Identifier: Apache-2.0
#include "tests/harness/packet.h"

#include <netinet/ether.h>
#include <netinet/in.h>

#include <cstdlib>

#include "src/core/ip_address.h"

namespace nsm::testing {
namespace {

using Bytes = std::vector<uint8_t>;

void Put8(Bytes& to, uint32_t value) { to.push_back(static_cast<uint8_t>(value)); }
void Put16(Bytes& to, uint32_t value) {
  Put8(to, value >> 8);
  Put8(to, value);
}
void Put32(Bytes& to, uint32_t value) {
  Put16(to, value >> 16);
  Put16(to, value);
}
void PutIp(Bytes& to, const std::string& text) {
  IpAddress address = *IpAddress::Parse(text);
  to.insert(to.end(), address.bytes().begin(), address.bytes().end());
}
void PutMac(Bytes& to, const std::string& text) {
  ether_addr mac;
  if (::ether_aton_r(text.c_str(), &mac) == nullptr) ::abort();
  to.insert(to.end(), mac.ether_addr_octet, mac.ether_addr_octet + 6);
}
void Append(Bytes& to, const Bytes& from) { to.insert(to.end(), from.begin(), from.end()); }

void PutChecksum(Bytes& header, size_t at) {
  uint32_t sum = 0;
  for (size_t i = 0; i < header.size(); i += 2) sum += header[i] << 8 | header[i + 1];
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  header[at] = static_cast<uint8_t>(~sum >> 8);
  header[at + 1] = static_cast<uint8_t>(~sum);
}

uint16_t EtherType(const Layer* next) {
  if (next == nullptr) return ETHERTYPE_LOOPBACK;
  if (std::holds_alternative<Vlan>(*next)) return ETHERTYPE_VLAN;
  if (std::holds_alternative<Arp>(*next)) return ETHERTYPE_ARP;
  if (std::holds_alternative<Ipv4>(*next)) return ETHERTYPE_IP;
  if (std::holds_alternative<Ipv6>(*next)) return ETHERTYPE_IPV6;
  return ETHERTYPE_LOOPBACK;
}

uint8_t Protocol(const Layer* next) {
  if (next == nullptr) return IPPROTO_NONE;
  if (std::holds_alternative<Udp>(*next)) return IPPROTO_UDP;
  if (std::holds_alternative<Icmp>(*next)) return IPPROTO_ICMP;
  if (std::holds_alternative<Icmp6>(*next)) return IPPROTO_ICMPV6;
  if (std::holds_alternative<HopByHop>(*next)) return IPPROTO_HOPOPTS;
  if (const auto* extension = std::get_if<Extension6>(next)) return extension->protocol;
  if (std::holds_alternative<Fragment6>(*next)) return IPPROTO_FRAGMENT;
  return IPPROTO_NONE;
}

Bytes Header(const Ethernet& layer, const Layer* next, const Bytes&) {
  Bytes bytes;
  PutMac(bytes, layer.destination);
  PutMac(bytes, layer.source);
  Put16(bytes, layer.type.value_or(EtherType(next)));
  return bytes;
}

Bytes Header(const Vlan& layer, const Layer* next, const Bytes&) {
  Bytes bytes;
  Put16(bytes, layer.id);
  Put16(bytes, EtherType(next));
  return bytes;
}

Bytes Header(const Arp& layer, const Layer*, const Bytes&) {
  Bytes bytes;
  Put16(bytes, layer.hardware);
  Put16(bytes, layer.protocol);
  Put8(bytes, layer.hardware_length);
  Put8(bytes, layer.protocol_length);
  Put16(bytes, layer.operation);
  PutMac(bytes, "02:00:00:00:00:01");
  PutIp(bytes, layer.sender);
  PutMac(bytes, "00:00:00:00:00:00");
  PutIp(bytes, layer.target);
  return bytes;
}

Bytes Header(const Ipv4& layer, const Layer* next, const Bytes& payload) {
  Bytes bytes;
  size_t size = 20 + 4 * layer.option_words;
  Put8(bytes, layer.version << 4 | size / 4);
  Put8(bytes, layer.tos);
  Put16(bytes, size + payload.size());
  Put16(bytes, 1);
  Put16(bytes,
        (layer.dont_fragment ? 0x4000 : 0) | (layer.more_fragments ? 0x2000 : 0) | layer.fragment_offset);
  Put8(bytes, 64);
  Put8(bytes, layer.protocol.value_or(Protocol(next)));
  Put16(bytes, 0);
  PutIp(bytes, layer.source);
  PutIp(bytes, layer.destination);
  // No operation.
  bytes.resize(size, 1);
  PutChecksum(bytes, 10);
  return bytes;
}

Bytes Header(const Ipv6& layer, const Layer* next, const Bytes& payload) {
  Bytes bytes;
  Put32(bytes, uint32_t{layer.version} << 28 | uint32_t{layer.traffic_class} << 20);
  Put16(bytes, layer.payload_length.value_or(payload.size()));
  Put8(bytes, layer.next_header.value_or(Protocol(next)));
  Put8(bytes, layer.hop_limit);
  PutIp(bytes, layer.source);
  PutIp(bytes, layer.destination);
  return bytes;
}

Bytes Header(const HopByHop&, const Layer* next, const Bytes&) {
  return {Protocol(next), 0, 5, 2, 0, 0, 1, 0};
}

Bytes Header(const Extension6& layer, const Layer* next, const Bytes&) {
  size_t length = layer.protocol == IPPROTO_AH ? layer.size / 4 - 2 : layer.size / 8 - 1;
  Bytes bytes = {Protocol(next), static_cast<uint8_t>(length)};
  bytes.resize(layer.size);
  return bytes;
}

Bytes Header(const Fragment6& layer, const Layer* next, const Bytes&) {
  Bytes bytes = {Protocol(next), 0};
  Put16(bytes, layer.offset << 3 | (layer.more ? 1 : 0));
  Put32(bytes, 1);
  return bytes;
}

Bytes Header(const Icmp&, const Layer*, const Bytes&) { return {8, 0, 0xf7, 0xfd, 0, 1, 0, 1}; }

Bytes Header(const Icmp6& layer, const Layer*, const Bytes&) {
  Bytes bytes = {layer.type, 0, 0, 0, 0, 0, 0, 0};
  if (layer.target.has_value()) PutIp(bytes, *layer.target);
  return bytes;
}

Bytes Header(const Udp& layer, const Layer*, const Bytes& payload) {
  Bytes bytes;
  Put16(bytes, layer.source);
  Put16(bytes, layer.destination);
  Put16(bytes, 8 + payload.size());
  Put16(bytes, layer.checksum);
  return bytes;
}

Bytes Header(const Vxlan& layer, const Layer*, const Bytes&) {
  Bytes bytes = {8, 0, 0, 0};
  Put32(bytes, layer.vni << 8);
  return bytes;
}

Bytes Header(const Raw& layer, const Layer*, const Bytes&) {
  return {layer.bytes.begin(), layer.bytes.end()};
}

}  // namespace

std::vector<uint8_t> Packet::Bytes() const {
  std::vector<uint8_t> bytes;
  const Layer* next = nullptr;
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    auto header = std::visit([&](const auto& value) { return Header(value, next, bytes); }, *layer);
    Append(header, bytes);
    bytes = std::move(header);
    next = &*layer;
  }
  return bytes;
}

}  // namespace nsm::testing
