// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/op.h"

#include "absl/strings/str_cat.h"

namespace nsm::dataplane {
namespace {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

std::string Show(const BuiltAttachment& attachment) {
  return absl::StrCat(attachment.name, " (", attachment.index.value, ") in ", attachment.netns.ToUrl());
}

std::string Show(const Route& route) {
  return absl::StrCat(route.prefix.ToString(),
                      route.next_hop.has_value() ? absl::StrCat(" via ", route.next_hop->ToString()) : "");
}

std::string Show(const Neighbor& neighbor) {
  return absl::StrCat(neighbor.address.ToString(), " at ", neighbor.mac.ToString());
}

std::string Show(const TunnelKey& key) {
  return absl::StrCat("VNI ", key.vni.value, " with ", key.remote.ToString());
}

std::string Show(const Egress& egress) {
  if (const auto* index = std::get_if<Ifindex>(&egress.to)) return absl::StrCat("link ", index->value);
  const Tunnel& tunnel = std::get<Tunnel>(egress.to);
  return Show(TunnelKey{tunnel.remote, tunnel.vni});
}

}  // namespace

std::string ToString(const Op& op) {
  return std::visit(
      Overloaded{
          [](const PutRecord& o) { return absl::StrCat("put record ", o.record.id); },
          [](const DropRecord& o) { return absl::StrCat("drop record ", o.id); },
          [](const CreatePair& o) { return absl::StrCat("create pair ", Show(o.attachment)); },
          [](const DoomPair& o) { return absl::StrCat("doom pair ", Show(o.attachment)); },
          [](const AttachHostGuard& o) { return absl::StrCat("attach host guard to ", o.index.value); },
          [](const RaiseHostEnd& o) { return absl::StrCat("raise host end ", o.index.value); },
          [](const SetMtu& o) { return absl::StrCat("set MTU ", o.mtu, " of ", Show(o.attachment)); },
          [](const AttachPodGuard& o) { return absl::StrCat("attach pod guard to ", Show(o.attachment)); },
          [](const DetachPodGuard& o) { return absl::StrCat("detach pod guard of ", Show(o.attachment)); },
          [](const AttachArrivalGuard& o) {
            return absl::StrCat("attach arrival guard to ", Show(o.attachment));
          },
          [](const DetachArrivalGuard& o) {
            return absl::StrCat("detach arrival guard of ", Show(o.attachment));
          },
          [](const ConfigurePodEnd& o) { return absl::StrCat("configure ", Show(o.attachment)); },
          [](const AddNeighbor& o) {
            return absl::StrCat("add neighbour ", Show(o.neighbor), " to ", Show(o.attachment));
          },
          [](const RemoveNeighbor& o) {
            return absl::StrCat("remove neighbour ", Show(o.neighbor), " of ", Show(o.attachment));
          },
          [](const AddAddress& o) {
            return absl::StrCat("add address ", o.prefix.ToString(), " to ", Show(o.attachment));
          },
          [](const RemoveAddress& o) {
            return absl::StrCat("remove address ", o.prefix.ToString(), " of ", Show(o.attachment));
          },
          [](const AddRoute& o) {
            return absl::StrCat("add route ", Show(o.route), " to ", Show(o.attachment));
          },
          [](const RemoveRoute& o) {
            return absl::StrCat("remove route ", Show(o.route), " of ", Show(o.attachment));
          },
          [](const AllowSource& o) {
            return absl::StrCat("allow ", o.prefix.ToString(), " from ", o.index.value);
          },
          [](const DisallowSource& o) {
            return absl::StrCat("disallow ", o.prefix.ToString(), " from ", o.index.value);
          },
          [](const DisallowAllSources& o) { return absl::StrCat("disallow all from ", o.index.value); },
          [](const AddWayBack& o) {
            return absl::StrCat("note that ", Show(o.attachment), " leads to ", o.prefix.ToString());
          },
          [](const RemoveWayBack& o) {
            return absl::StrCat("note that ", Show(o.attachment), " does not lead to ", o.prefix.ToString());
          },
          [](const RemoveAllWaysBack& o) {
            return absl::StrCat("note that link ", o.index.value, " leads nowhere");
          },
          [](const PutEgress& o) {
            return absl::StrCat("send what link ", o.index.value, " brings to ", Show(o.egress));
          },
          [](const DropEgress& o) { return absl::StrCat("drop what link ", o.index.value, " brings"); },
          [](const PutIngress& o) {
            return absl::StrCat("send what ", Show(o.key), " brings to link ", o.ingress.index.value);
          },
          [](const DropIngress& o) { return absl::StrCat("drop what ", Show(o.key), " brings"); },
      },
      op);
}

const char* KindOf(const Op& op) {
  static constexpr const char* kKinds[] = {"put record",
                                           "drop record",
                                           "create pair",
                                           "doom pair",
                                           "attach host guard",
                                           "raise host end",
                                           "set MTU",
                                           "attach pod guard",
                                           "detach pod guard",
                                           "attach arrival guard",
                                           "detach arrival guard",
                                           "configure pod end",
                                           "add neighbour",
                                           "remove neighbour",
                                           "add address",
                                           "remove address",
                                           "add route",
                                           "remove route",
                                           "allow source",
                                           "disallow source",
                                           "disallow all sources",
                                           "add way back",
                                           "remove way back",
                                           "remove all ways back",
                                           "put egress",
                                           "drop egress",
                                           "put ingress",
                                           "drop ingress"};
  static_assert(std::size(kKinds) == std::variant_size_v<Op>);
  return kKinds[op.index()];
}

std::optional<Op> Inverse(const Op& op) {
  using Result = std::optional<Op>;
  return std::visit(
      Overloaded{
          [](const PutRecord& o) -> Result {
            if (o.before.has_value()) return PutRecord{*o.before, o.record};
            return DropRecord{o.record.id};
          },
          [](const CreatePair& o) -> Result { return DoomPair{o.attachment}; },
          [](const SetMtu& o) -> Result {
            return SetMtu{o.attachment, o.before, o.mtu};
          },
          [](const AttachPodGuard& o) -> Result { return DetachPodGuard{o.attachment}; },
          [](const DetachPodGuard& o) -> Result { return AttachPodGuard{o.attachment}; },
          [](const AttachArrivalGuard& o) -> Result { return DetachArrivalGuard{o.attachment}; },
          [](const DetachArrivalGuard& o) -> Result { return AttachArrivalGuard{o.attachment}; },
          [](const ConfigurePodEnd& o) -> Result {
            if (!o.before.has_value()) return std::nullopt;
            return ConfigurePodEnd{o.attachment, *o.before, o.settings};
          },
          [](const AddNeighbor& o) -> Result {
            return RemoveNeighbor{o.attachment, o.neighbor};
          },
          [](const RemoveNeighbor& o) -> Result {
            return AddNeighbor{o.attachment, o.neighbor};
          },
          [](const AddAddress& o) -> Result {
            return RemoveAddress{o.attachment, o.prefix};
          },
          [](const RemoveAddress& o) -> Result {
            return AddAddress{o.attachment, o.prefix};
          },
          [](const AddRoute& o) -> Result {
            return RemoveRoute{o.attachment, o.route};
          },
          [](const RemoveRoute& o) -> Result {
            return AddRoute{o.attachment, o.route};
          },
          [](const AllowSource& o) -> Result {
            return DisallowSource{o.index, o.prefix};
          },
          [](const DisallowSource& o) -> Result {
            return AllowSource{o.index, o.prefix};
          },
          [](const AddWayBack& o) -> Result {
            return RemoveWayBack{o.attachment, o.prefix};
          },
          [](const RemoveWayBack& o) -> Result {
            return AddWayBack{o.attachment, o.prefix};
          },
          [](const PutEgress& o) -> Result {
            if (o.before.has_value()) return PutEgress{o.index, *o.before, o.egress};
            return DropEgress{o.index};
          },
          [](const PutIngress& o) -> Result {
            if (o.before.has_value()) return PutIngress{o.key, *o.before, o.ingress};
            return DropIngress{o.key};
          },
          [](const auto&) -> Result { return std::nullopt; },
      },
      op);
}

}  // namespace nsm::dataplane
