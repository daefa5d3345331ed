// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/way_to_peer.h"

#include <net/if_arp.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/dataplane/maps.h"
#include "src/dataplane/record.h"

namespace nsm::dataplane {
namespace {

// Outer IP and UDP, VXLAN, inner Ethernet header.
constexpr uint32_t kOverheadV4 = 20 + 8 + 8 + 14;
constexpr uint32_t kOverheadV6 = 40 + 8 + 8 + 14;

bool CanBeFast(const IpAddress& remote, const WayToPeer& way) {
  // The kernel has to write a device's header; one that has others, or none, also does more than that.
  return remote.is_v4() && way.route.is_plain && !IsOurs(way.link.index) && way.link.type == ARPHRD_ETHER &&
         way.link.up;
}

}  // namespace

uint32_t WayToPeer::Mtu() const { return std::min(link.mtu, route.mtu.value_or(link.mtu)); }

absl::StatusOr<uint32_t> LargestInside(const IpAddress& remote, const WayToPeer& way) {
  const uint32_t overhead = remote.is_v4() ? kOverheadV4 : kOverheadV6;
  if (way.Mtu() > overhead) return way.Mtu() - overhead;
  return absl::FailedPreconditionError(
      absl::StrCat("the way to ", remote.ToString(), " has an MTU of ", way.Mtu()));
}

nsm_peer LeadTo(const IpAddress& remote, const PeerNeeds& needs, const std::optional<WayToPeer>& way,
                bool may) {
  nsm_peer peer{};
  if (!way.has_value()) return peer;
  auto largest = LargestInside(remote, *way);
  if (largest.ok() && *largest < needs.promised) peer.narrow = *largest;
  if (!may || !CanBeFast(remote, *way)) return peer;
  peer.next_hop = Encode(way->route.next_hop.value_or(remote));
  peer.ifindex = way->link.index.value;
  peer.mtu = way->Mtu();
  return peer;
}

}  // namespace nsm::dataplane
