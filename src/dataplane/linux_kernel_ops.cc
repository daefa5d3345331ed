// SPDX-License-Identifier: Apache-2.0
// The steps, one function each.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "src/core/status_macros.h"
#include "src/dataplane/linux_kernel.h"
#include "src/netlink/address.h"
#include "src/netlink/filter.h"
#include "src/netlink/link.h"
#include "src/netlink/neighbor.h"
#include "src/netlink/qdisc.h"
#include "src/netlink/route.h"
#include "src/netlink/sysctl.h"

namespace nsm::dataplane {
namespace {

// Lets ping open its sockets without privilege, as every NSM client expects.
constexpr char kPingGroupRange[] = "net/ipv4/ping_group_range";
constexpr char kAllGroups[] = "0 2147483647";

// What is not there needs no undoing and no dooming.
absl::Status GoneIsFine(const absl::Status& status) {
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

// Places of the pod's guards.
netlink::FilterPlace Leaving(const BuiltAttachment& attachment) {
  return {.index = PodIndex(attachment.index), .hook = netlink::Hook::kEgress};
}
netlink::FilterPlace Arriving(const BuiltAttachment& attachment) {
  return {.index = PodIndex(attachment.index), .hook = netlink::Hook::kIngress};
}

netlink::LinkRoute RouteOver(Ifindex index, const Route& route) {
  return {.index = index, .prefix = route.prefix, .next_hop = route.next_hop};
}

}  // namespace

absl::Status LinuxKernel::Do(const Op& op) {
  return std::visit([this](const auto& step) { return Run(step); }, op);
}

absl::Status LinuxKernel::Run(const PutRecord& op) {
  return maps_.records.Put(EncodeKey(op.record.id), Encode(op.record));
}

absl::Status LinuxKernel::Run(const DropRecord& op) { return maps_.records.Remove(EncodeKey(op.id)); }

absl::Status LinuxKernel::Run(const CreatePair& op) {
  ASSIGN_OR_RETURN(Pod * pod, PodOf(op.attachment));
  Ifindex index = op.attachment.index;
  RETURN_IF_ERROR(netlink::CreateVethPair(socket_, {.index = index,
                                                    .name = HostEndName(index),
                                                    .peer_index = PodIndex(index),
                                                    .peer_name = op.attachment.name,
                                                    .peer_netns_fd = pod->netns.fd(),
                                                    .group = LiveGroup(port_),
                                                    .mtu = op.mtu,
                                                    .mac = op.mac}));
  absl::Status status = maps_.traffic.PutZero(index.value);
  if (!status.ok()) (void)Run(DoomPair{op.attachment});
  return status;
}

absl::Status LinuxKernel::Run(const DoomPair& op) {
  RETURN_IF_ERROR(maps_.traffic.Remove(op.attachment.index.value));
  RETURN_IF_ERROR(maps_.arrivals.Remove(op.attachment.index.value));
  // It loses its carrier with the pod's end; taking it down, too, would wait for RCU once more.
  absl::Status status = netlink::ChangeLink(socket_, op.attachment.index, {.group = DoomedGroup(port_)});
  // The pod's end went with it.
  if (absl::IsNotFound(status)) return absl::OkStatus();
  on_doomed_();
  status.Update(GoneIsFine(ReleaseName(op.attachment)));
  return status;
}

absl::Status LinuxKernel::ReleaseName(const BuiltAttachment& attachment) {
  ASSIGN_OR_RETURN(Pod * pod, PodOf(attachment));
  // Kernels before 6.2 rename only what is down. Down, it also has no routes in the way of its successor's.
  RETURN_IF_ERROR(netlink::ChangeLink(pod->socket, PodIndex(attachment.index), {.up = false}));
  return netlink::ChangeLink(pod->socket, PodIndex(attachment.index),
                             {.name = absl::StrFormat("nsmx%08x", attachment.index.value)});
}

absl::Status LinuxKernel::Run(const AttachHostGuard& op) {
  RETURN_IF_ERROR(netlink::EnsureIngressQdisc(socket_, op.index));
  return netlink::PutFilter(socket_, {.index = op.index}, programs_.host_guard.fd.get());
}

absl::Status LinuxKernel::Run(const RaiseHostEnd& op) {
  // The node's own stack has no business on it; IPv6 would send solicitations and reports into the pod.
  RETURN_IF_ERROR(netlink::EnsureSysctl(DisableIpv6(HostEndName(op.index)), "1"));
  return netlink::ChangeLink(socket_, op.index, {.up = true});
}

absl::Status LinuxKernel::Run(const SetMtu& op) {
  ASSIGN_OR_RETURN(Pod * pod, PodOf(op.attachment));
  // Where the pod's end is gone nothing has been done to the other.
  RETURN_IF_ERROR(netlink::ChangeLink(pod->socket, PodIndex(op.attachment.index), {.mtu = op.mtu}));
  RETURN_IF_ERROR(netlink::ChangeLink(socket_, op.attachment.index, {.mtu = op.mtu}));
  // A link whose MTU has been too small for IPv6 speaks it again.
  return netlink::EnsureSysctl(DisableIpv6(HostEndName(op.attachment.index)), "1");
}

absl::Status LinuxKernel::Run(const AttachPodGuard& op) {
  ASSIGN_OR_RETURN(Pod * pod, PodOf(op.attachment));
  return netlink::EnsureFilter(pod->socket, Leaving(op.attachment), programs_.pod_guard.fd.get());
}

absl::Status LinuxKernel::Run(const DetachPodGuard& op) {
  auto pod = PodOf(op.attachment);
  if (!pod.ok()) return GoneIsFine(pod.status());
  return netlink::RemoveFilter((*pod)->socket, Leaving(op.attachment));
}

absl::Status LinuxKernel::Run(const AttachArrivalGuard& op) {
  ASSIGN_OR_RETURN(Pod * pod, PodOf(op.attachment));
  RETURN_IF_ERROR(maps_.arrivals.Put(op.attachment.index.value, pod->cookie.value));
  return netlink::EnsureFilter(pod->socket, Arriving(op.attachment), programs_.arrival_guard.fd.get());
}

absl::Status LinuxKernel::Run(const DetachArrivalGuard& op) {
  RETURN_IF_ERROR(maps_.arrivals.Remove(op.attachment.index.value));
  auto pod = PodOf(op.attachment);
  if (!pod.ok()) return GoneIsFine(pod.status());
  return netlink::RemoveFilter((*pod)->socket, Arriving(op.attachment));
}

absl::Status LinuxKernel::Run(const ConfigurePodEnd& op) {
  ASSIGN_OR_RETURN(Pod * pod, PodOf(op.attachment));
  {
    ASSIGN_OR_RETURN(netlink::NetnsScope scope, netlink::NetnsScope::Enter(pod->netns));
    RETURN_IF_ERROR(netlink::EnsureSysctl(kPingGroupRange, kAllGroups));
    RETURN_IF_ERROR(netlink::EnsureSysctl(DisableIpv6(op.attachment.name), op.settings.ipv6 ? "0" : "1"));
  }
  RETURN_IF_ERROR(netlink::ChangeLink(pod->socket, PodIndex(op.attachment.index),
                                      {.up = true, .alias = op.settings.alias, .mac = op.settings.mac}));
  // The host end gets its carrier with this, and sends nothing until a worker of the kernel has noticed.
  // Being asked for the link, the kernel notices at once.
  return netlink::GetLink(socket_, op.attachment.index).status();
}

absl::Status LinuxKernel::Run(const AddNeighbor& op) {
  ASSIGN_OR_RETURN(Pod * pod, PodOf(op.attachment));
  return netlink::EnsureNeighbor(pod->socket, PodIndex(op.attachment.index),
                                 {.address = op.neighbor.address, .mac = op.neighbor.mac});
}

absl::Status LinuxKernel::Run(const RemoveNeighbor& op) {
  auto pod = PodOf(op.attachment);
  if (!pod.ok()) return GoneIsFine(pod.status());
  return netlink::RemoveNeighbor((*pod)->socket, PodIndex(op.attachment.index), op.neighbor.address);
}

absl::Status LinuxKernel::Run(const AddAddress& op) {
  ASSIGN_OR_RETURN(Pod * pod, PodOf(op.attachment));
  Ifindex index = PodIndex(op.attachment.index);
  RETURN_IF_ERROR(netlink::EnsureAddress(pod->socket, index, op.prefix));
  if (op.prefix.address().is_v4()) return absl::OkStatus();
  return netlink::AwaitSolicitable(pod->socket, index, op.prefix.address());
}

absl::Status LinuxKernel::Run(const RemoveAddress& op) {
  auto pod = PodOf(op.attachment);
  if (!pod.ok()) return GoneIsFine(pod.status());
  return netlink::RemoveAddress((*pod)->socket, PodIndex(op.attachment.index), op.prefix);
}

absl::Status LinuxKernel::Run(const AddRoute& op) {
  ASSIGN_OR_RETURN(Pod * pod, PodOf(op.attachment));
  return netlink::AddRoute(pod->socket, RouteOver(PodIndex(op.attachment.index), op.route));
}

absl::Status LinuxKernel::Run(const RemoveRoute& op) {
  auto pod = PodOf(op.attachment);
  if (!pod.ok()) return GoneIsFine(pod.status());
  return netlink::RemoveRoute((*pod)->socket, RouteOver(PodIndex(op.attachment.index), op.route));
}

absl::Status LinuxKernel::Run(const AllowSource& op) {
  RETURN_IF_ERROR(maps_.allowed_sources.Put(EncodeSource(op.index, op.prefix), 1));
  allowed_sources_[op.index].push_back(op.prefix);
  return absl::OkStatus();
}

absl::Status LinuxKernel::Run(const DisallowSource& op) {
  RETURN_IF_ERROR(maps_.allowed_sources.Remove(EncodeSource(op.index, op.prefix)));
  std::erase(allowed_sources_[op.index], op.prefix);
  return absl::OkStatus();
}

absl::Status LinuxKernel::Run(const DisallowAllSources& op) {
  auto sources = allowed_sources_.find(op.index);
  if (sources == allowed_sources_.end()) return absl::OkStatus();
  for (const IpPrefix& prefix : sources->second) {
    RETURN_IF_ERROR(maps_.allowed_sources.Remove(EncodeSource(op.index, prefix)));
  }
  allowed_sources_.erase(sources);
  return absl::OkStatus();
}

absl::Status LinuxKernel::Run(const AddWayBack& op) {
  return Write(ways_.Add(op.attachment.index, {op.attachment.cookie, op.prefix}));
}

absl::Status LinuxKernel::Run(const RemoveWayBack& op) {
  return Write(ways_.Remove(op.attachment.index, {op.attachment.cookie, op.prefix}));
}

absl::Status LinuxKernel::Run(const RemoveAllWaysBack& op) { return RemoveWaysBack(op.index); }

absl::Status LinuxKernel::RemoveWaysBack(Ifindex index) {
  for (const Way& way : ways_.WaysOf(index)) RETURN_IF_ERROR(Write(ways_.Remove(index, way)));
  return absl::OkStatus();
}

absl::Status LinuxKernel::Write(const std::optional<WayTable::Change>& change) {
  if (!change.has_value()) return absl::OkStatus();
  const nsm_way_key key = Encode(change->way);
  if (!change->owner.has_value()) return maps_.ways_back.Remove(key);
  return maps_.ways_back.Put(key, change->owner->value);
}

absl::Status LinuxKernel::Run(const PutEgress& op) {
  return maps_.egress.Put(op.index.value, Encode(op.egress));
}

absl::Status LinuxKernel::Run(const DropEgress& op) { return maps_.egress.Remove(op.index.value); }

absl::Status LinuxKernel::Run(const PutIngress& op) {
  return maps_.ingress.Put(Encode(op.key), Encode(op.ingress));
}

absl::Status LinuxKernel::Run(const DropIngress& op) { return maps_.ingress.Remove(Encode(op.key)); }

}  // namespace nsm::dataplane
