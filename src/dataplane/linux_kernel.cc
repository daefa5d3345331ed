// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/linux_kernel.h"

#include <spdlog/spdlog.h>

#include <fstream>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "src/core/status_macros.h"
#include "src/netlink/address.h"
#include "src/netlink/filter.h"
#include "src/netlink/link.h"
#include "src/netlink/neighbor.h"
#include "src/netlink/route.h"
#include "src/netlink/sysctl.h"

namespace nsm::dataplane {
namespace {

template <class Map, class Wanted>
absl::Status RemoveOthers(const Map& map, const Wanted& is_wanted) {
  for (const auto& key : map.Keys()) {
    if (!is_wanted(key)) RETURN_IF_ERROR(map.Remove(key));
  }
  return absl::OkStatus();
}

// Of process 1, and of the kernel's own threads, which says the same and can be seen where process 1 hides.
std::set<NetnsInode> FindHostNetns() {
  std::set<NetnsInode> found;
  if (auto first = netlink::Netns::Open("/proc/1/ns/net"); first.ok()) found.insert(first->inode());
  std::ifstream comm("/proc/2/comm");
  std::string name;
  if (std::getline(comm, name) && name == "kthreadd") {
    if (auto kernel = netlink::Netns::Open("/proc/2/ns/net"); kernel.ok()) found.insert(kernel->inode());
  }
  return found;
}

}  // namespace

std::string HostEndName(Ifindex index) { return absl::StrFormat("nsm%08x", index.value); }

std::string DisableIpv6(const std::string& link) {
  return absl::StrCat("net/ipv6/conf/", link, "/disable_ipv6");
}

absl::StatusOr<AttachmentPrograms> AttachmentPrograms::Load(const std::string& folder) {
  ASSIGN_OR_RETURN(Program host_guard, LoadHostGuard(folder));
  ASSIGN_OR_RETURN(Program pod_guard, LoadPodGuard(folder));
  ASSIGN_OR_RETURN(Program arrival_guard, LoadArrivalGuard(folder));
  return AttachmentPrograms{std::move(host_guard), std::move(pod_guard), std::move(arrival_guard)};
}

absl::StatusOr<std::unique_ptr<LinuxKernel>> LinuxKernel::Create(const Maps& maps, uint16_t port,
                                                                 AttachmentPrograms programs,
                                                                 std::function<void()> on_doomed) {
  ASSIGN_OR_RETURN(netlink::Socket socket, netlink::Socket::Open());
  std::unique_ptr<LinuxKernel> kernel(
      new LinuxKernel(maps, port, std::move(socket), std::move(programs), std::move(on_doomed)));
  ASSIGN_OR_RETURN(kernel->own_cookie_, kernel->socket_.Cookie());
  kernel->host_netns_ = FindHostNetns();
  kernel->LoadTries();
  return kernel;
}

void LinuxKernel::LoadTries() {
  for (const nsm_source_key& key : maps_.allowed_sources.Keys()) {
    allowed_sources_[{key.ifindex}].push_back(DecodeSource(key));
  }
  for (const nsm_way_key& key : maps_.ways_back.Keys()) {
    if (auto index = maps_.ways_back.Find(key); index.has_value()) (void)ways_.Add({*index}, Decode(key));
  }
}

absl::StatusOr<LinuxKernel::Pod*> LinuxKernel::OpenPod(const NetnsInode& inode) {
  if (auto open = pods_.find(inode); open != pods_.end()) return &open->second;
  ASSIGN_OR_RETURN(netlink::Netns netns, finder_.Find(inode));
  ASSIGN_OR_RETURN(netlink::NetnsScope scope, netlink::NetnsScope::Enter(netns));
  ASSIGN_OR_RETURN(netlink::Socket socket, netlink::Socket::Open());
  ASSIGN_OR_RETURN(NetnsCookie cookie, socket.Cookie());
  return &pods_.emplace(inode, Pod{std::move(netns), std::move(socket), cookie}).first->second;
}

absl::StatusOr<LinuxKernel::Pod*> LinuxKernel::PodOf(const BuiltAttachment& attachment) {
  ASSIGN_OR_RETURN(Pod * pod, OpenPod(attachment.netns));
  if (pod->cookie != attachment.cookie) {
    return absl::NotFoundError(
        absl::StrCat("network namespace ", attachment.netns.ToUrl(), " is another one by now"));
  }
  return pod;
}

absl::StatusOr<NetnsIdentity> LinuxKernel::Identify(const NetnsInode& netns) {
  ASSIGN_OR_RETURN(Pod * pod, OpenPod(netns));
  return NetnsIdentity{.cookie = pod->cookie,
                       .is_host = pod->cookie == own_cookie_ || host_netns_.contains(netns)};
}

absl::StatusOr<Observed> LinuxKernel::Observe(const Record& record) {
  Observed observed{.record = record, .attachments = {}, .ingress = {}};
  for (int i : {0, 1}) {
    if (const auto* tunnel = std::get_if<Tunnel>(&record.legs[i])) {
      auto found = maps_.ingress.Find(Encode(TunnelKey{tunnel->remote, tunnel->vni}));
      if (found.has_value()) observed.ingress[i] = Decode(*found);
      continue;
    }
    ASSIGN_OR_RETURN(observed.attachments[i], ObserveAttachment(std::get<BuiltAttachment>(record.legs[i])));
  }
  return observed;
}

absl::StatusOr<ObservedAttachment> LinuxKernel::ObserveAttachment(const BuiltAttachment& attachment) {
  ObservedAttachment observed;
  auto host_end = netlink::GetLink(socket_, attachment.index);
  if (!host_end.ok() && !absl::IsNotFound(host_end.status())) return host_end.status();
  if (host_end.ok() && IsHostEnd(*host_end)) {
    observed.host_end = true;
    observed.host_up = host_end->up;
    observed.host_mtu = host_end->mtu;
    observed.host_mac = host_end->mac;
    ASSIGN_OR_RETURN(uint32_t program, netlink::FindFilter(socket_, {.index = attachment.index}));
    observed.host_guard = program == programs_.host_guard.id;
  }
  if (auto sources = allowed_sources_.find(attachment.index); sources != allowed_sources_.end()) {
    observed.allowed_sources = sources->second;
  }
  for (const Way& way : ways_.WaysOf(attachment.index)) observed.ways_back.push_back(way.prefix);
  if (auto egress = maps_.egress.Find(attachment.index.value); egress.has_value()) {
    observed.egress = Decode(*egress, port_);
  }
  auto pod_end = ObservePodEnd(attachment);
  if (pod_end.ok()) observed.pod_end = *std::move(pod_end);
  if (!pod_end.ok() && !absl::IsNotFound(pod_end.status())) return pod_end.status();
  return observed;
}

absl::StatusOr<ObservedPodEnd> LinuxKernel::ObservePodEnd(const BuiltAttachment& attachment) {
  ASSIGN_OR_RETURN(Pod * pod, PodOf(attachment));
  Ifindex index = PodIndex(attachment.index);
  ASSIGN_OR_RETURN(netlink::Link link, netlink::GetLink(pod->socket, index));
  ObservedPodEnd end{.name = link.name,
                     .alias = link.alias,
                     .mtu = link.mtu,
                     .up = link.up,
                     .guarded = false,
                     .arrivals = false,
                     .ipv6_off = false,
                     .mac = link.mac,
                     .neighbors = {},
                     .addresses = {},
                     .routes = {}};
  RETURN_IF_ERROR(netlink::DumpNeighbors(pod->socket, index, [&end](const netlink::Neighbor& neighbor) {
    end.neighbors.push_back({.address = neighbor.address, .mac = neighbor.mac});
  }));
  RETURN_IF_ERROR(netlink::DumpAddresses(pod->socket, index, [&end](const netlink::Address& address) {
    // The kernel gives itself a link-local one.
    const bool is_given = address.global || address.ours;
    if (is_given && address.permanent && address.usable) end.addresses.push_back(address.prefix);
  }));
  RETURN_IF_ERROR(netlink::DumpRoutes(pod->socket, index, [&end](const netlink::LinkRoute& route) {
    end.routes.push_back({.prefix = route.prefix, .next_hop = route.next_hop});
  }));
  using netlink::Hook;
  ASSIGN_OR_RETURN(uint32_t program,
                   netlink::FindFilter(pod->socket, {.index = index, .hook = Hook::kEgress}));
  end.guarded = program == programs_.pod_guard.id;
  if (auto judged = maps_.arrivals.Find(attachment.index.value); judged == attachment.cookie.value) {
    ASSIGN_OR_RETURN(program, netlink::FindFilter(pod->socket, {.index = index, .hook = Hook::kIngress}));
    end.arrivals = program == programs_.arrival_guard.id;
  }
  ASSIGN_OR_RETURN(netlink::NetnsScope scope, netlink::NetnsScope::Enter(pod->netns));
  end.ipv6_off = netlink::ReadSysctl(DisableIpv6(link.name)) == "1";
  return end;
}

absl::StatusOr<std::vector<PodRoute>> LinuxKernel::FindRoutes(const NetnsInode& netns,
                                                              const IpPrefix& prefix) {
  ASSIGN_OR_RETURN(Pod * pod, OpenPod(netns));
  ASSIGN_OR_RETURN(std::vector<netlink::FoundRoute> found, netlink::FindRoutes(pod->socket, prefix));
  std::vector<PodRoute> routes;
  for (const netlink::FoundRoute& there : found) {
    routes.push_back(
        {.prefix = there.route.prefix, .index = there.route.index, .beyond = there.route.LeadsBeyond()});
  }
  return routes;
}

absl::StatusOr<std::vector<Record>> LinuxKernel::Records() { return ReadRecords(maps_, port_); }

bool LinuxKernel::IsHostEnd(const netlink::Link& link) const {
  return link.name == HostEndName(link.index) && link.group != DoomedGroup(port_);
}

bool LinuxKernel::HasHostEnd(Ifindex index) {
  auto link = netlink::GetLink(socket_, index);
  // When in doubt it is there: what follows from "gone" cannot be taken back.
  if (!link.ok()) return !absl::IsNotFound(link.status());
  return IsHostEnd(*link);
}

absl::Status LinuxKernel::RemoveUnaccounted(const std::vector<Record>& records) {
  std::set<Ifindex> indexes;
  std::set<TunnelKey> tunnels;
  for (const Record& record : records) {
    for (const BuiltLeg& leg : record.legs) {
      if (const auto* tunnel = std::get_if<Tunnel>(&leg)) tunnels.insert({tunnel->remote, tunnel->vni});
      if (const auto* built = std::get_if<BuiltAttachment>(&leg)) indexes.insert(built->index);
    }
  }
  auto has_index = [&indexes](uint32_t index) { return indexes.contains({index}); };
  RETURN_IF_ERROR(RemoveOthers(
      maps_.ingress, [&tunnels](const nsm_tunnel_key& key) { return tunnels.contains(Decode(key)); }));
  RETURN_IF_ERROR(RemoveOthers(maps_.egress, has_index));
  RETURN_IF_ERROR(RemoveOthers(maps_.traffic, has_index));
  RETURN_IF_ERROR(RemoveOthers(maps_.arrivals, has_index));
  RETURN_IF_ERROR(
      RemoveOthers(maps_.allowed_sources, [&](const nsm_source_key& key) { return has_index(key.ifindex); }));
  std::erase_if(allowed_sources_, [&](const auto& entry) { return !indexes.contains(entry.first); });
  for (Ifindex index : ways_.Indexes()) {
    if (!indexes.contains(index)) RETURN_IF_ERROR(RemoveWaysBack(index));
  }

  std::vector<Ifindex> orphans;
  RETURN_IF_ERROR(netlink::DumpLinks(socket_, [&](const netlink::Link& link) {
    if (link.group == LiveGroup(port_) && !indexes.contains(link.index)) orphans.push_back(link.index);
  }));
  for (Ifindex index : orphans) {
    spdlog::info("link {} belongs to no connection", HostEndName(index));
    absl::Status status = netlink::ChangeLink(socket_, index, {.up = false, .group = DoomedGroup(port_)});
    if (!status.ok() && !absl::IsNotFound(status)) return status;
  }
  // Also for what an earlier process left in the doomed group.
  on_doomed_();
  return absl::OkStatus();
}

absl::Status LinuxKernel::ReplacePrograms(const std::vector<Record>& records) {
  for (const Record& record : records) {
    for (const BuiltLeg& leg : record.legs) {
      const auto* built = std::get_if<BuiltAttachment>(&leg);
      if (built == nullptr || !HasHostEnd(built->index)) continue;
      absl::Status status = Run(AttachHostGuard{built->index});
      // Gone in between; news of that is on the way.
      if (!status.ok() && HasHostEnd(built->index)) return status;
      if (!status.ok() || !record.guarded) continue;
      status = Run(AttachPodGuard{*built});
      if (status.ok() && maps_.arrivals.Find(built->index.value).has_value()) {
        status = Run(AttachArrivalGuard{*built});
      }
      // It enforces nothing, and whoever asks for the connection again finds out.
      if (!status.ok()) spdlog::warn("connection {}: {}", record.id, status.ToString());
      ReleaseNamespaces();
    }
  }
  return absl::OkStatus();
}

}  // namespace nsm::dataplane
