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

constexpr Ifindex kLoopback{1};
// Without anybody who follows routes, the fast paths of map "peers" count for so long.
constexpr std::chrono::seconds kPathsLast{10};

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

absl::StatusOr<WayToPeer> Node::FindWay(const IpAddress& remote, Links& links) {
  std::optional<IpAddress> source;
  if (remote.is_v4() == config_.tunnel_ip.is_v4()) source = config_.tunnel_ip;
  ASSIGN_OR_RETURN(netlink::RouteLookup route, netlink::LookUpRoute(socket_, remote, source));
  auto link = links.find(route.index);
  if (link == links.end()) {
    ASSIGN_OR_RETURN(netlink::Link found, netlink::GetLink(socket_, route.index));
    link = links.emplace(route.index, std::move(found)).first;
  }
  return WayToPeer{.route = route, .link = link->second};
}

bool Node::MayBeFast() const { return fast_path_.ok() && !netlink::HasXfrmPolicies().value_or(true); }

absl::Status Node::PutPeer(const IpAddress& remote, const PeerNeeds& needs, bool may_be_fast, Links& links) {
  std::optional<WayToPeer> way;
  if (auto found = FindWay(remote, links); found.ok()) way = *std::move(found);
  nsm_peer peer = LeadTo(remote, needs, way, may_be_fast);
  const std::optional<nsm_peer> before = maps_->peers.Find(Encode(remote));
  if (before.has_value()) {
    peer.heard = before->heard;
    peer.answered = before->answered;
    // The kernel uses the memory of a replaced value again at once, though a program may still read it.
    if (std::memcmp(&*before, &peer, sizeof(peer)) == 0) return absl::OkStatus();
  }
  const uint32_t narrow_before = before.has_value() ? before->narrow : 0;
  if (peer.narrow != 0 && peer.narrow != narrow_before) {
    spdlog::info("the path to {} got narrower: connections have {}, {} fits", remote.ToString(),
                 needs.promised, peer.narrow);
  } else if (peer.narrow == 0 && narrow_before != 0) {
    spdlog::info("the path to {} is as wide as before", remote.ToString());
  }
  return maps_->peers.Put(Encode(remote), peer);
}

void Node::FollowPeers(const std::map<IpAddress, PeerNeeds>& peers) {
  MutexLock lock(mutex_);
  absl::Status status;
  const bool may_be_fast = MayBeFast();
  Links links;
  for (const auto& [remote, needs] : peers) status.Update(PutPeer(remote, needs, may_be_fast, links));
  for (const nsm_address& key : maps_->peers.Keys()) {
    if (!peers.contains(Decode(key))) status.Update(maps_->peers.Remove(key));
  }
  const std::chrono::nanoseconds until = (std::chrono::steady_clock::now() + kPathsLast).time_since_epoch();
  paths_until_ = static_cast<uint64_t>(until.count());
  status.Update(DescribeNode());
  if (!status.ok()) spdlog::error("following peers: {}", status.ToString());
}

bool Node::AddPeer(const IpAddress& remote, const PeerNeeds& needs) {
  MutexLock lock(mutex_);
  if (maps_->peers.Find(Encode(remote)).has_value()) return false;
  Links links;
  absl::Status status = PutPeer(remote, needs, MayBeFast(), links);
  if (!status.ok()) spdlog::error("{}", status.ToString());
  return true;
}

absl::StatusOr<uint32_t> Node::TunnelMtu(const IpAddress& remote) {
  MutexLock lock(mutex_);
  Links links;
  ASSIGN_OR_RETURN(WayToPeer way, FindWay(remote, links));
  return LargestInside(remote, way);
}

}  // namespace nsm::dataplane
