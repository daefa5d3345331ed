// SPDX-License-Identifier: Apache-2.0
#include "tests/bpf/guard_frames.h"

#include <algorithm>
#include <random>
#include <string>

#include "tests/harness/packet.h"

namespace nsm::dataplane {
namespace {

using namespace nsm::testing;  // NOLINT: the layers of packets
using Frame = std::vector<uint8_t>;

class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}
  // Below `sides`; std's distributions differ between libraries.
  uint32_t Roll(uint32_t sides) { return static_cast<uint32_t>(engine_() % sides); }
  bool Percent(uint32_t chance) { return Roll(100) < chance; }
  template <class Container>
  auto Pick(const Container& from) {
    return from[Roll(static_cast<uint32_t>(std::size(from)))];
  }

 private:
  std::mt19937_64 engine_;
};

// Some of each are allowed by the test, or only nearly.
const char* const kIpv4[] = {"10.0.0.1", "10.0.0.2",    "10.1.2.3", "10.2.0.0",
                             "0.0.0.0",  "169.254.1.1", "224.0.0.1"};
const char* const kIpv6[] = {"fd00::1", "fd00::2", "fd01::7",         "fd01:0:0:1::7", "fe80::1", "febf::1",
                             "fec0::1", "::",      "::ffff:10.0.0.1", "2001:db8::1",   "ff02::1", "::1"};
const uint8_t kExtensions[] = {0, 43, 51, 60, 135, 139, 140};
// ICMPv6, UDP, TCP, IPv4, IPv6, ESP, nothing, an experiment, all bits.
const uint8_t kProtocols[] = {58, 17, 6, 4, 41, 50, 59, 253, 255};
// Those that claim addresses more often than others.
const uint8_t kLinkMessages[] = {130, 131, 132, 133, 134, 135, 136, 137, 143, 135, 136, 136};
const uint16_t kTypes[] = {0x0800, 0x0806, 0x86dd, 0x8100, 0x88a8, 0x8035, 0x8847, 36};

std::string RandomBytes(Dice& dice, size_t size) {
  std::string bytes;
  while (bytes.size() < size) bytes.push_back(static_cast<char>(dice.Roll(256)));
  return bytes;
}

// One that is allowed, a link-local one and none at all more often than others.
std::string RandomSource(Dice& dice) {
  if (dice.Percent(40)) return "fd00::1";
  if (dice.Percent(40)) return "fe80::1";
  if (dice.Percent(30)) return "::";
  return dice.Pick(kIpv6);
}

Packet WithMessage(Dice& dice, const Packet& headers) {
  if (dice.Percent(15)) return headers / Raw{RandomBytes(dice, dice.Roll(40))};
  if (dice.Percent(25)) return headers / Udp{};
  Icmp6 message{.type = static_cast<uint8_t>(125 + dice.Roll(24)), .target = dice.Pick(kIpv6)};
  if (dice.Percent(70)) message.type = dice.Pick(kLinkMessages);
  return headers / message / Raw{RandomBytes(dice, 8 * dice.Roll(3))};
}

Packet Ipv6Frame(Dice& dice) {
  Ipv6 header{.source = RandomSource(dice)};
  if (dice.Percent(15)) header.hop_limit = static_cast<uint8_t>(254 + dice.Roll(3));
  if (dice.Percent(3)) header.version = static_cast<uint8_t>(dice.Roll(16));
  if (dice.Percent(8)) header.payload_length = static_cast<uint16_t>(dice.Roll(100));
  if (dice.Percent(8)) header.payload_length = 0;
  uint32_t extensions = dice.Percent(40) ? 0 : dice.Percent(80) ? 1 + dice.Roll(4) : 7 + dice.Roll(4);
  // Not that of what is behind.
  if (extensions == 0 && dice.Percent(10)) header.next_header = dice.Pick(kProtocols);
  Packet packet = Ethernet{} / header;
  for (uint32_t i = 0; i < extensions; ++i) {
    if (dice.Percent(10)) {
      packet =
          packet / Fragment6{.offset = static_cast<uint16_t>(dice.Roll(3) / 2), .more = dice.Percent(50)};
    } else {
      packet = packet / Extension6{.protocol = dice.Pick(kExtensions), .size = 8 * (1 + dice.Roll(4))};
    }
  }
  return WithMessage(dice, packet);
}

// Solicitations and advertisements as they should be, but perhaps for the address.
Packet ClaimFrame(Dice& dice) {
  const char* const kSources[] = {"fd00::1", "fe80::1", "::"};
  const Icmp6 claim{.type = static_cast<uint8_t>(135 + dice.Roll(2)), .target = dice.Pick(kIpv6)};
  const Packet packet = Ethernet{} / Ipv6{.source = dice.Pick(kSources)};
  if (dice.Percent(50)) return packet / claim;
  return packet / Extension6{.protocol = dice.Pick(kExtensions)} / claim;
}

Packet Ipv4Frame(Dice& dice) {
  Ipv4 header{.source = dice.Pick(kIpv4), .fragment_offset = static_cast<uint16_t>(dice.Roll(2))};
  header.option_words = static_cast<int>(dice.Roll(3));
  if (dice.Percent(10)) header.version = static_cast<uint8_t>(dice.Roll(16));
  return Ethernet{} / header / Udp{};
}

Packet ArpFrame(Dice& dice) {
  Arp arp{.sender = dice.Pick(kIpv4), .operation = static_cast<uint16_t>(1 + dice.Roll(2))};
  if (dice.Percent(10)) arp.operation = static_cast<uint16_t>(dice.Roll(10));
  if (dice.Percent(10)) arp.hardware = static_cast<uint16_t>(dice.Roll(8));
  if (dice.Percent(5)) arp.protocol = dice.Pick(kTypes);
  if (dice.Percent(5)) arp.hardware_length = static_cast<uint8_t>(dice.Roll(9));
  if (dice.Percent(5)) arp.protocol_length = static_cast<uint8_t>(dice.Roll(17));
  return Ethernet{} / arp / Raw{std::string(dice.Roll(20), '\0')};
}

// A tag, LLC and SNAP in front of what would be judged, or the wrong type.
Packet OddFrame(Dice& dice) {
  if (dice.Percent(30)) return Ethernet{} / Vlan{.id = static_cast<uint16_t>(dice.Roll(2))} / Arp{};
  if (dice.Percent(30))
    return Ethernet{.type = 36} / Raw{std::string("\xaa\xaa\x03\0\0\0\x08\x06", 8)} / Arp{};
  return Ethernet{.type = dice.Pick(kTypes)} / Ipv6{.source = RandomSource(dice)} / Icmp6{.type = 136};
}

Packet WellFormed(Dice& dice) {
  uint32_t kind = dice.Roll(100);
  if (kind < 60) return Ipv6Frame(dice);
  if (kind < 70) return ClaimFrame(dice);
  if (kind < 82) return ArpFrame(dice);
  if (kind < 92) return Ipv4Frame(dice);
  return OddFrame(dice);
}

constexpr size_t kEthernetSize = 14;

void Spoil(Dice& dice, Frame& frame) {
  if (dice.Percent(10)) frame.resize(frame.size() + dice.Roll(32));
  if (dice.Percent(15)) frame.resize(kEthernetSize + 1 + dice.Roll(frame.size() - kEthernetSize));
  if (dice.Percent(25)) {
    for (uint32_t i = dice.Roll(4); i > 0; --i) {
      frame[kEthernetSize - 2 + dice.Roll(frame.size() - kEthernetSize + 2)] ^= 1u << dice.Roll(8);
    }
  }
  if (dice.Percent(3)) {
    std::string noise = RandomBytes(dice, frame.size() - kEthernetSize);
    std::copy(noise.begin(), noise.end(), frame.begin() + kEthernetSize);
  }
}

void CompleteIpHeader(Frame& frame) {
  const unsigned type = frame[12] << 8 | frame[13];
  const size_t header = type == 0x0800 ? 20 : type == 0x86dd ? 40 : 0;
  if (frame.size() < kEthernetSize + header) frame.resize(kEthernetSize + header);
}

}  // namespace

Frame RandomFrame(uint64_t seed) {
  Dice dice(seed);
  Frame frame = WellFormed(dice).Bytes();
  Spoil(dice, frame);
  CompleteIpHeader(frame);
  return frame;
}

}  // namespace nsm::dataplane
