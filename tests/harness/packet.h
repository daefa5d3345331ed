// SPDX-License-Identifier: Apache-2.0
// Packets as expressions: Ethernet{} / Ipv4{.source = "192.0.2.2"} / Udp{} / Vxlan{.vni = 7} /
// Raw{"payload"}.
//
// Each layer names the next one's type and knows its length; checksums are those that IPv4 needs to be valid.
// Addresses default to the ranges for documentation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace nsm::testing {

struct Ethernet {
  std::string source = "02:00:00:00:00:01";
  std::string destination = "02:00:00:00:00:02";
  std::optional<uint16_t> type = std::nullopt;  // that of the next layer
};
struct Vlan {
  uint16_t id = 5;
};
struct Arp {
  std::string sender = "10.0.0.1";
  std::string target = "10.0.0.2";
  uint16_t operation = 1;  // request
  uint16_t hardware = 1;   // Ethernet
  uint16_t protocol = 0x0800;
  uint8_t hardware_length = 6;  // as announced: the addresses have the usual lengths
  uint8_t protocol_length = 4;
};
struct Ipv4 {
  std::string source = "192.0.2.2";
  std::string destination = "192.0.2.1";
  uint16_t fragment_offset = 0;  // in units of 8 bytes
  bool more_fragments = false;
  bool dont_fragment = false;
  int option_words = 0;
  std::optional<uint8_t> protocol = std::nullopt;  // that of the next layer
  uint8_t version = 4;
  uint8_t tos = 0;
};
struct Ipv6 {
  std::string source = "2001:db8::2";
  std::string destination = "2001:db8::1";
  std::optional<uint8_t> next_header = std::nullopt;  // that of the next layer
  uint8_t hop_limit = 255;
  std::optional<uint16_t> payload_length = std::nullopt;  // that of the layers behind
  uint8_t version = 6;
  uint8_t traffic_class = 0;
};
// Eight bytes: router alert and padding.
struct HopByHop {};
// Any extension header but the fragment header, with nothing but padding in it.
struct Extension6 {
  uint8_t protocol = 60;  // destination options
  size_t size = 8;        // a multiple of 8
};
// The fragment header.
struct Fragment6 {
  uint16_t offset = 0;  // in units of 8 bytes
  bool more = true;
};
struct Icmp {};
struct Icmp6 {
  uint8_t type = 128;  // echo request
  std::optional<std::string> target = std::nullopt;
};
struct Udp {
  uint16_t source = 50000;
  uint16_t destination = 4789;
  uint16_t checksum = 0;  // none
};
struct Vxlan {
  uint32_t vni = 77;
};
struct Raw {
  std::string bytes;
};

using Layer = std::variant<Ethernet, Vlan, Arp, Ipv4, Ipv6, HopByHop, Extension6, Fragment6, Icmp, Icmp6, Udp,
                           Vxlan, Raw>;

class Packet {
 public:
  template <class First>
  Packet(First first) : layers_{Layer(std::move(first))} {}  // NOLINT: an expression starts with any layer

  std::vector<uint8_t> Bytes() const;

  friend Packet operator/(Packet packet, Layer next) {
    packet.layers_.push_back(std::move(next));
    return packet;
  }

 private:
  std::vector<Layer> layers_;
};

// What makes "Ethernet{} / Ipv4{}" a packet.
template <class First>
requires std::is_constructible_v<Layer, First> &&(!std::is_same_v<First, Packet>)Packet operator/(
    First first, Layer next) {
  return Packet(std::move(first)) / std::move(next);
}

}  // namespace nsm::testing
