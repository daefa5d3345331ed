// SPDX-License-Identifier: Apache-2.0
#include "tests/bpf/guard_rule.h"

#include <algorithm>
#include <map>
#include <set>

namespace nsm::dataplane {
namespace {

using Bytes = std::span<const uint8_t>;
using Verdict = GuardRule::Verdict;

Verdict Dropped(const std::string& reason) { return {.passes = false, .counted = "drop_guard_" + reason}; }
Verdict Passed(const std::string& event = "") { return {.passes = true, .counted = event}; }

unsigned Number16(Bytes bytes, size_t at) { return bytes[at] * 256u + bytes[at + 1]; }
IpAddress Address(Bytes bytes, size_t at, size_t size) {
  return *IpAddress::FromBytes(bytes.subspan(at, size));
}
bool AnyContains(const std::vector<IpPrefix>& prefixes, const IpAddress& address) {
  return std::ranges::any_of(prefixes, [&](const IpPrefix& prefix) { return prefix.Contains(address); });
}

enum Extension : uint8_t {
  kHopByHop = 0,
  kRouting = 43,
  kFragment = 44,
  kAuthentication = 51,
  kDestinationOptions = 60,
  kMobility = 135,
  kHip = 139,
  kShim6 = 140,
};
const std::set<uint8_t> kExtensions = {kHopByHop,           kRouting,  kFragment, kAuthentication,
                                       kDestinationOptions, kMobility, kHip,      kShim6};
constexpr size_t kMostExtensions = 8;
constexpr uint8_t kIcmp6 = 58;

enum Message : uint8_t {
  kListenerQuery = 130,
  kListenerReport = 131,
  kListenerDone = 132,
  kRouterSolicitation = 133,
  kRouterAdvertisement = 134,
  kNeighborSolicitation = 135,
  kNeighborAdvertisement = 136,
  kRedirect = 137,
  kListenerReport2 = 143,
};
const std::set<uint8_t> kMld = {kListenerQuery, kListenerReport, kListenerDone, kListenerReport2};
const std::set<uint8_t> kNd = {kRouterSolicitation, kRouterAdvertisement, kNeighborSolicitation,
                               kNeighborAdvertisement, kRedirect};
const std::set<uint8_t> kOfARouter = {kListenerQuery, kRouterAdvertisement, kRedirect};

// What is behind the IPv6 header: in `content` from the message on, cut where the packet ends.
struct Behind {
  size_t extensions = 0;
  bool cut_off = false;
  bool fragment = false;
  bool later_fragment = false;
  uint8_t protocol = 0;
  Bytes content;
};

Behind Unwrap(uint8_t protocol, Bytes content) {
  Behind behind{.protocol = protocol, .content = content};
  while (kExtensions.contains(behind.protocol) && !behind.later_fragment) {
    if (++behind.extensions > kMostExtensions) return behind;
    if (behind.content.size() < 8) {
      behind.cut_off = true;
      return behind;
    }
    size_t size = (behind.content[1] + 1) * 8;
    if (behind.protocol == kAuthentication) size = (behind.content[1] + 2) * 4;
    if (behind.protocol == kFragment) {
      size = 8;
      behind.fragment = true;
      behind.later_fragment = Number16(behind.content, 2) / 8 != 0;
    }
    behind.protocol = behind.content[0];
    behind.content = behind.content.subspan(std::min(size, behind.content.size()));
  }
  return behind;
}

Bytes WithoutTrailer(Bytes packet) {
  size_t length = Number16(packet, 4);
  bool jumbogram = length == 0 && packet[6] == kHopByHop;
  return jumbogram ? packet : packet.first(std::min(packet.size(), 40 + length));
}

Verdict JudgeIpv4(const GuardRule& rule, Bytes packet) {
  if (packet.size() < 20) return Dropped("short");
  if (packet[0] / 16 != 4) return Dropped("not_ip");
  return AnyContains(rule.allowed, Address(packet, 12, 4)) ? Passed() : Dropped("ipv4");
}

Verdict JudgeArp(const GuardRule& rule, Bytes packet) {
  if (packet.size() < 28) return Dropped("short");
  constexpr uint8_t kEthernetAndIpv4[] = {0, 1, 8, 0, 6, 4};
  if (!std::ranges::equal(packet.first(6), kEthernetAndIpv4)) return Dropped("arp");
  const unsigned operation = Number16(packet, 6);
  const bool request = operation == 1;
  const bool reply = operation == 2;
  const IpAddress sender = Address(packet, 14, 4);
  if (request && sender.is_unspecified()) return Passed("seen_duplicate_detection");
  return (request || reply) && AnyContains(rule.allowed, sender) ? Passed() : Dropped("arp");
}

Verdict JudgeIpv6(const GuardRule& rule, Bytes packet) {
  if (packet.size() < 40) return Dropped("short");
  if (packet[0] / 16 != 6) return Dropped("not_ip");
  const IpPrefix link_local = *IpPrefix::Parse("fe80::/10");
  const IpAddress source = Address(packet, 8, 16);
  const bool allowed = AnyContains(rule.allowed, source);
  if (!allowed && !link_local.Contains(source) && !source.is_unspecified()) return Dropped("ipv6");  // 1.

  const Behind behind = Unwrap(packet[6], WithoutTrailer(packet).subspan(40));
  if (behind.extensions > kMostExtensions) return Dropped("extension");  // 2.
  const bool icmp = behind.protocol == kIcmp6 && !behind.later_fragment;
  if (behind.cut_off || (icmp && behind.content.size() < 8)) return Dropped("short");
  const uint8_t type = icmp ? behind.content[0] : 0;
  const bool mld = kMld.contains(type);
  const bool nd = kNd.contains(type);

  if (!allowed) {  // 3.
    if (!mld && !nd) return Dropped("ipv6");
    if (behind.fragment || kOfARouter.contains(type)) return Dropped("ipv6");
    if (source.is_unspecified() && type == kNeighborAdvertisement) return Dropped("ipv6");
  }
  if (!mld && !nd) return Passed();
  if (behind.fragment) return Dropped("fragment");  // 4.
  if (kOfARouter.contains(type)) return Dropped("router");
  if (nd && packet[7] != 255) return Dropped("hop_limit");  // 5.
  const bool looks_for_duplicates = type == kNeighborSolicitation && source.is_unspecified();
  if (type == kNeighborAdvertisement || looks_for_duplicates) {  // 6.
    if (behind.content.size() < 24) return Dropped("short");
    const IpAddress target = Address(behind.content, 8, 16);
    if (!link_local.Contains(target) && !AnyContains(rule.allowed, target)) return Dropped("neighbor");
  }
  if (allowed) return Passed();  // 7.
  if (mld) return Passed("seen_multicast_listener");
  return Passed(looks_for_duplicates ? "seen_duplicate_detection" : "seen_neighbor_discovery");
}

}  // namespace

Verdict GuardRule::Judge(Bytes frame) const {
  const Bytes packet = frame.subspan(14);
  switch (Number16(frame, 12)) {
    case 0x8100:
    case 0x88a8:
      return Dropped("vlan");
    case 0x0800:
      return JudgeIpv4(*this, packet);
    case 0x86dd:
      return JudgeIpv6(*this, packet);
    case 0x0806:
      return takes_arp ? JudgeArp(*this, packet) : Dropped("not_ip");
    default:
      return Dropped("not_ip");
  }
}

}  // namespace nsm::dataplane
