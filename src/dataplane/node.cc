// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/node.h"

#include <net/if_arp.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <set>

#include "absl/strings/str_cat.h"
#include "src/bpf/raw_map.h"
#include "src/core/status_macros.h"
#include "src/dataplane/ownership.h"
#include "src/dataplane/vxlan_device.h"
#include "src/netlink/address.h"
#include "src/netlink/filter.h"
#include "src/netlink/link.h"
#include "src/netlink/route.h"
#include "src/netlink/xfrm.h"

namespace nsm::dataplane {
namespace {

// Outer IP and UDP, VXLAN, inner Ethernet header.
constexpr uint32_t kOverheadV4 = 20 + 8 + 8 + 14;
constexpr uint32_t kOverheadV6 = 40 + 8 + 8 + 14;
constexpr Ifindex kLoopback{1};
// Without anybody who follows routes, map "paths" counts for so long.
constexpr std::chrono::seconds kPathsLast{10};

// The largest packet of a pod that an outer one of this size has room for.
absl::StatusOr<uint32_t> Inside(uint32_t mtu, const IpAddress& remote) {
  const uint32_t overhead = remote.is_v4() ? kOverheadV4 : kOverheadV6;
  if (mtu > overhead) return mtu - overhead;
  return absl::FailedPreconditionError(
      absl::StrCat("the way to ", remote.ToString(), " has an MTU of ", mtu));
}

}  // namespace

Node::Node(const NodeConfig& config, netlink::Socket socket, bool use_tcx)
    : config_(config),
      found_(FindState(config)),
      socket_(std::move(socket)),
      vxlan_guard_(socket_, LinkFolder(config), "vxlan", use_tcx, netlink::FilterPlace::kHandle,
                   [folder = MapFolder(config)] { return LoadVxlanIngress(folder); }),
      underlay_guard_(socket_, LinkFolder(config), "underlay", use_tcx,
                      netlink::FilterPlace::HandleOf(config.vxlan_port),
                      [folder = MapFolder(config), port = config.vxlan_port] {
                        return LoadUnderlayGuard(folder, port);
                      }) {}

absl::StatusOr<std::unique_ptr<Node>> Node::Create(const NodeConfig& config) {
  ASSIGN_OR_RETURN(netlink::Socket socket, netlink::Socket::Open());
  std::unique_ptr<Node> node(new Node(config, std::move(socket), bpf::HasTcx(kLoopback)));
  {
    MutexLock lock(node->mutex_);
    RETURN_IF_ERROR(node->CheckTunnelAddress());
    RETURN_IF_ERROR(node->PrepareMaps());
    RETURN_IF_ERROR(node->PrepareFastPath());
    RETURN_IF_ERROR(node->EnsureDevice());
  }
  RETURN_IF_ERROR(node->FollowAddresses());
  return node;
}

absl::Status Node::PrepareMaps() {
  RETURN_IF_ERROR(CheckState(found_));
  RETURN_IF_ERROR(CheckVxlanOwner(socket_, config_.vxlan_port, found_.Identity()));
  RETURN_IF_ERROR(PrepareState(config_, found_));
  ASSIGN_OR_RETURN(Maps maps, Maps::Open(MapFolder(config_)));
  maps_ = std::make_unique<Maps>(std::move(maps));
  return absl::OkStatus();
}

absl::Status Node::LetGoOfOlderState() {
  MutexLock lock(mutex_);
  if (found_.schema == 1) {
    // Without tcx its underlay guards are filters that ours have not replaced but joined.
    ASSIGN_OR_RETURN(uint32_t ingress, bpf::PinnedMapId(absl::StrCat(found_.folder, "/ingress")));
    RETURN_IF_ERROR(RemoveFilters(socket_, netlink::FilterPlace::kHandle, ingress));
  }
  return LetGoOfOlder(config_, found_);
}

absl::Status Node::CheckTunnelAddress() {
  bool found = false;
  RETURN_IF_ERROR(netlink::DumpAddresses(socket_, {}, [&](const netlink::Address& address) {
    found |= address.prefix.address() == config_.tunnel_ip;
  }));
  if (found) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("tunnel address ", config_.tunnel_ip.ToString(),
                                                    " is on no interface of this node: configure it, or "
                                                    "choose one that is"));
}

absl::Status Node::EnsureDevice() {
  ASSIGN_OR_RETURN(vxlan_, EnsureVxlanDevice(socket_, config_.vxlan_port, vxlan_guard_));
  for (Ifindex index : vxlan_guard_.Devices()) {
    if (index != vxlan_) RETURN_IF_ERROR(vxlan_guard_.Remove(index));
  }
  return DescribeNode();
}

absl::Status Node::PrepareFastPath() {
  ASSIGN_OR_RETURN(source_ports_, ReadSourcePorts());
  fast_path_ = config_.fast_path == FastPath::kOff ? absl::UnavailableError("it is switched off")
                                                   : ProbeFastPath(MapFolder(config_));
  // Of a program before this one, which may have followed routes a long time ago.
  if (auto node = maps_->node.Find(0); node.has_value()) paths_until_ = node->paths_until;
  if (config_.fast_path == FastPath::kOn) return fast_path_;
  if (fast_path_.ok()) return absl::OkStatus();
  spdlog::info("no fast path: {}", std::string(fast_path_.message()));
  for (const nsm_address& key : maps_->paths.Keys()) RETURN_IF_ERROR(maps_->paths.Remove(key));
  return absl::OkStatus();
}

absl::Status Node::DescribeNode() {
  nsm_node node{};
  node.vxlan_ifindex = vxlan_.value;
  node.vxlan_port = config_.vxlan_port;
  node.source_port_first = source_ports_.first;
  node.source_port_count = source_ports_.count;
  // The kernel drops what would be handed to the namespace that it is in.
  node.into_pods = fast_path_.ok() && !config_.allow_host_netns;
  if (fast_path_.ok()) node.paths_until = paths_until_;
  return maps_->node.Put(0, node);
}

absl::Status Node::FollowAddresses() {
  MutexLock lock(mutex_);
  std::set<Ifindex> indexes;
  std::set<IpAddress> addresses;
  RETURN_IF_ERROR(netlink::DumpAddresses(socket_, {}, [&](const netlink::Address& address) {
    if (!address.global || address.prefix.address().is_loopback() || IsOurs(address.index)) return;
    addresses.insert(address.prefix.address());
    indexes.insert(address.index);
  }));
  for (const IpAddress& address : addresses) {
    RETURN_IF_ERROR(maps_->own_addresses.Put(Encode(address), 1));
  }
  for (const nsm_address& key : maps_->own_addresses.Keys()) {
    if (!addresses.contains(Decode(key))) RETURN_IF_ERROR(maps_->own_addresses.Remove(key));
  }
  std::erase_if(indexes, [this](Ifindex index) REQUIRES(mutex_) {
    if (index == kLoopback || index == vxlan_) return true;
    auto link = netlink::GetLink(socket_, index);
    // Without an Ethernet header the program would look in the wrong place; VXLAN ingress sees what comes by
    // it.
    return !link.ok() || link->type != ARPHRD_ETHER;
  });
  absl::Status status;
  for (Ifindex index : indexes) {
    absl::Status attached = underlay_guard_.Ensure(index);
    // It went in between; news of that is on the way.
    if (!absl::IsNotFound(attached)) status.Update(attached);
  }
  for (Ifindex index : underlay_guard_.Devices()) {
    if (!indexes.contains(index)) status.Update(underlay_guard_.Remove(index));
  }
  return status;
}

void Node::Check() {
  MutexLock lock(mutex_);
  if (auto device = netlink::GetLink(socket_, vxlan_); !device.ok() || !device->up) {
    spdlog::error("VXLAN device {} is {}; putting it back", VxlanDeviceName(config_.vxlan_port),
                  device.ok() ? "down" : "gone");
    absl::Status status = EnsureDevice();
    if (!status.ok()) spdlog::error("{}", status.ToString());
  }
  vxlan_guard_.Check();
  underlay_guard_.Check();
}

absl::StatusOr<WayToPeer> Node::FindWay(const IpAddress& remote) {
  std::optional<IpAddress> source;
  if (remote.is_v4() == config_.tunnel_ip.is_v4()) source = config_.tunnel_ip;
  ASSIGN_OR_RETURN(netlink::RouteLookup route, netlink::LookUpRoute(socket_, remote, source));
  ASSIGN_OR_RETURN(netlink::Link link, netlink::GetLink(socket_, route.index));
  return WayToPeer{.route = route, .link = std::move(link)};
}

void Node::FollowPaths(const std::map<IpAddress, uint32_t>& promised) {
  MutexLock lock(mutex_);
  std::map<IpAddress, WayToPeer> ways;
  std::map<IpAddress, uint32_t> narrow;
  for (const auto& [remote, mtu] : promised) {
    // Without a way there is nothing to fit into.
    auto way = FindWay(remote);
    if (!way.ok()) continue;
    auto now = Inside(way->Mtu(), remote);
    if (now.ok() && *now < mtu) narrow[remote] = *now;
    ways.emplace(remote, *std::move(way));
  }
  FollowFastPaths(ways);
  for (const nsm_address& key : maps_->narrow_paths.Keys()) {
    if (narrow.contains(Decode(key))) continue;
    spdlog::info("the path to {} is as wide as before", Decode(key).ToString());
    if (auto removed = maps_->narrow_paths.Remove(key); !removed.ok())
      spdlog::error("{}", removed.ToString());
  }
  for (const auto& [remote, mtu] : narrow) {
    if (maps_->narrow_paths.Find(Encode(remote)) == mtu) continue;
    spdlog::info("the path to {} got narrower: connections have {}, {} fits", remote.ToString(),
                 promised.at(remote), mtu);
    if (auto put = maps_->narrow_paths.Put(Encode(remote), mtu); !put.ok())
      spdlog::error("{}", put.ToString());
  }
}

std::set<IpAddress> Node::PutPaths(const std::map<IpAddress, WayToPeer>& ways) {
  std::set<IpAddress> led;
  // Who asks for encryption is not evaded, in neither direction.
  if (netlink::HasXfrmPolicies().value_or(true)) return led;
  for (const auto& [remote, way] : ways) {
    auto path = FastPathTo(remote, way);
    if (!path.has_value()) continue;
    led.insert(remote);
    // The kernel uses the memory of a replaced value again at once, though a program may still read it.
    auto before = maps_->paths.Find(Encode(remote));
    if (before.has_value() && std::memcmp(&*before, &*path, sizeof(*path)) == 0) continue;
    if (auto put = maps_->paths.Put(Encode(remote), *path); !put.ok()) spdlog::error("{}", put.ToString());
  }
  return led;
}

void Node::FollowFastPaths(const std::map<IpAddress, WayToPeer>& ways) {
  if (!fast_path_.ok()) return;
  absl::Status status;
  const std::set<IpAddress> led = PutPaths(ways);
  for (const nsm_address& key : maps_->paths.Keys()) {
    if (!led.contains(Decode(key))) status.Update(maps_->paths.Remove(key));
  }
  const std::chrono::nanoseconds until = (std::chrono::steady_clock::now() + kPathsLast).time_since_epoch();
  paths_until_ = static_cast<uint64_t>(until.count());
  status.Update(DescribeNode());
  if (!status.ok()) spdlog::error("following the fast path: {}", status.ToString());
}

void Node::AddPath(const IpAddress& remote) {
  MutexLock lock(mutex_);
  if (!fast_path_.ok() || maps_->paths.Find(Encode(remote)).has_value()) return;
  auto way = FindWay(remote);
  if (way.ok()) PutPaths({{remote, *std::move(way)}});
}

absl::StatusOr<uint32_t> Node::TunnelMtu(const IpAddress& remote) {
  MutexLock lock(mutex_);
  ASSIGN_OR_RETURN(WayToPeer way, FindWay(remote));
  return Inside(way.Mtu(), remote);
}

}  // namespace nsm::dataplane
