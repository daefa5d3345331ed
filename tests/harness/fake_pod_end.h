// SPDX-License-Identifier: Apache-2.0
// The pod's end of a pair in memory, with the rules of the kernel: what it refuses, and what it takes away
// without being told to. Each rule is one that tests/harness/kernel_contract.h holds against the real kernel.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "absl/status/status.h"
#include "src/core/ip_address.h"
#include "src/core/mac_address.h"
#include "src/dataplane/cross_connect.h"

namespace nsm::dataplane {

struct FakePodEnd {
  using Family = IpAddress::Family;

  std::string name;
  std::string alias;
  MacAddress mac;
  uint32_t mtu = 1500;
  bool up = false;
  bool guarded = false;
  bool arrivals = false;  // guarded
  bool ipv6 = true;
  std::map<IpAddress, MacAddress> neighbors;
  std::set<IpPrefix> addresses;
  std::map<IpPrefix, std::optional<IpAddress>> routes;  // next hop by prefix: the kernel has one per prefix
  // IPv4 addresses that go with another one of their subnet, because that was there first.
  std::set<IpPrefix> secondaries;

  bool operator==(const FakePodEnd& other) const { return Seen() == other.Seen(); }

  void SetUp(bool wanted) {
    if (up && !wanted) {
      routes.clear();
      neighbors.clear();
      EraseAddresses(Family::kV6);
    }
    up = wanted;
  }
  absl::Status SetMtu(uint32_t wanted) {
    if (wanted < 68 || wanted > 65535) return absl::InvalidArgumentError("MTU");
    mtu = wanted;
    if (HasIpv6Stack()) return absl::OkStatus();
    SetIpv6(false);
    // The setting goes with it.
    ipv6 = true;
    return absl::OkStatus();
  }
  absl::Status SetMac(const MacAddress& wanted) {
    if ((wanted.bytes[0] & 1) != 0 || wanted == MacAddress{})
      return absl::AlreadyExistsError("Cannot assign requested address");
    mac = wanted;
    neighbors.clear();
    return absl::OkStatus();
  }
  absl::Status SetAlias(const std::string& wanted) {
    if (wanted.size() > 254) return absl::OutOfRangeError("alias");
    alias = wanted;
    return absl::OkStatus();
  }
  void SetIpv6(bool wanted) {
    if (!wanted) {
      EraseRoutesAndNeighbors(Family::kV6);
      EraseAddresses(Family::kV6);
    }
    ipv6 = wanted;
  }

  absl::Status AddAddress(const IpPrefix& prefix) {
    if (absl::Status status = CheckFamily(prefix.address()); !status.ok()) return status;
    if (addresses.contains(prefix)) return absl::OkStatus();
    if (prefix.address().is_v4()) {
      if (HasInSubnet(prefix)) secondaries.insert(prefix);
    } else {
      std::erase_if(addresses, [&](const IpPrefix& other) { return other.address() == prefix.address(); });
    }
    addresses.insert(prefix);
    return absl::OkStatus();
  }
  void RemoveAddress(const IpPrefix& prefix) {
    if (addresses.erase(prefix) == 0 || !prefix.address().is_v4()) return;
    if (secondaries.erase(prefix) == 0) {
      std::erase_if(addresses, [&](const IpPrefix& other) {
        return other.Masked() == prefix.Masked() && secondaries.erase(other) != 0;
      });
    }
    if (!Has(Family::kV4)) EraseRoutesAndNeighbors(Family::kV4);
  }

  absl::Status AddNeighbor(const Neighbor& neighbor) {
    if (absl::Status status = CheckFamily(neighbor.address); !status.ok()) return status;
    neighbors[neighbor.address] = neighbor.mac;
    return absl::OkStatus();
  }

  absl::Status AddRoute(const Route& route) {
    if (absl::Status status = CheckFamily(route.prefix.address()); !status.ok()) return status;
    if (!up) return absl::UnavailableError("Network is down");
    if (route.next_hop.has_value() && !CanBeANextHop(*route.next_hop)) {
      return absl::InvalidArgumentError("Nexthop has invalid gateway");
    }
    routes[route.prefix] = route.next_hop;
    return absl::OkStatus();
  }
  void RemoveRoute(const Route& route) {
    auto found = routes.find(route.prefix);
    if (found != routes.end() && found->second == route.next_hop) routes.erase(found);
  }

 private:
  std::tuple<const std::string&, const std::string&, const MacAddress&, uint32_t, bool, bool, bool, bool,
             const std::map<IpAddress, MacAddress>&, const std::set<IpPrefix>&,
             const std::map<IpPrefix, std::optional<IpAddress>>&>
  Seen() const {
    return {name, alias, mac, mtu, up, guarded, arrivals, ipv6, neighbors, addresses, routes};
  }
  bool HasIpv6Stack() const { return mtu >= 1280; }
  bool Has(Family family) const {
    return std::any_of(addresses.begin(), addresses.end(),
                       [family](const IpPrefix& prefix) { return prefix.address().family() == family; });
  }
  bool HasInSubnet(const IpPrefix& prefix) const {
    return std::any_of(addresses.begin(), addresses.end(),
                       [&](const IpPrefix& other) { return other.Masked() == prefix.Masked(); });
  }
  absl::Status CheckFamily(const IpAddress& address) const {
    if (address.is_v4() || (HasIpv6Stack() && ipv6)) return absl::OkStatus();
    return absl::FailedPreconditionError("IPv6 is disabled on this device");
  }
  bool CanBeANextHop(const IpAddress& address) const {
    const uint8_t first = address.bytes()[0];
    if (address.is_unspecified() || (address.is_v4() ? first >= 224 : first == 0xff)) return false;
    return std::none_of(addresses.begin(), addresses.end(), [&](const IpPrefix& own) {
      const bool is_broadcast =
          address.is_v4() && own.length() < 31 && own.Last() == address && own.Contains(address);
      return own.address() == address || is_broadcast;
    });
  }
  void EraseAddresses(Family family) {
    std::erase_if(addresses,
                  [family](const IpPrefix& prefix) { return prefix.address().family() == family; });
  }
  void EraseRoutesAndNeighbors(Family family) {
    std::erase_if(routes, [family](const auto& route) { return route.first.address().family() == family; });
    std::erase_if(neighbors, [family](const auto& neighbor) { return neighbor.first.family() == family; });
  }
};

}  // namespace nsm::dataplane
