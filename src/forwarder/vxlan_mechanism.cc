// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/vxlan_mechanism.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/nsm/wire/mtu.h"
#include "src/nsm/wire/path.h"

namespace nsm::forwarder {
namespace {

// Of our own; upstream has no such parameters, but may answer with what it was offered.
constexpr char kPayload[] = "payload";
// That the node of this end answers probes (bpf/probe.h).
constexpr char kSrcAnswers[] = "src_answers_probes";
constexpr char kDstAnswers[] = "dst_answers_probes";

constexpr uint32_t kLeastMtu = 68;  // RFC 791

void ConfirmIp(Mechanism& mechanism) { (*mechanism.mutable_parameters())[kPayload] = kPayloadIp; }

absl::Status CheckCarries(const std::string& payload, const Mechanism& mechanism) {
  if (payload != kPayloadIp || Parameter(mechanism, kPayload) == kPayloadIp) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("without parameter ", kPayload, "=", kPayloadIp,
                   " the other forwarder does not carry payload IP by it; offer the service with payload ",
                   kPayloadEthernet));
}

}  // namespace

absl::StatusOr<Mechanism> VxlanMechanism::Offer(const Connection& connection) const {
  Mechanism offer = MakeMechanism(kind());
  auto& parameters = *offer.mutable_parameters();
  parameters[mechanism::kSrcIp] = own_.address.ToString();
  parameters[mechanism::kSrcPort] = absl::StrCat(own_.port);
  parameters[kSrcAnswers] = mechanism::kYes;
  const uint32_t mtu = connection.context().mtu();
  if (mtu != 0) parameters[mechanism::kMtu] = absl::StrCat(mtu);
  if (connection.payload() == kPayloadIp) ConfirmIp(offer);
  return offer;
}

absl::StatusOr<AgreedLeg> VxlanMechanism::Agree(const Connection& answer) const {
  const Mechanism& chosen = answer.mechanism();
  RETURN_IF_ERROR(CheckCarries(answer.payload(), chosen));
  ASSIGN_OR_RETURN(IpAddress peer, Peer(chosen, mechanism::kDstIp, mechanism::kDstPort));
  ASSIGN_OR_RETURN(Vni vni, Vni::Parse(Parameter(chosen, mechanism::kVni)));
  ASSIGN_OR_RETURN(uint32_t own_mtu, dataplane_.TunnelMtu(peer));
  return AgreedLeg{
      .mechanism = chosen,
      .leg = dataplane::Tunnel{.local = own_.address, .remote = peer, .port = own_.port, .vni = vni},
      .mtu = SmallerMtu(own_mtu, MtuOf(chosen)),
      .peer_answers = Parameter(chosen, kDstAnswers) == mechanism::kYes};
}

std::optional<Mechanism> VxlanMechanism::Recall(const dataplane::CrossConnect& live) const {
  const auto* tunnel = std::get_if<dataplane::Tunnel>(&live.endpoint);
  if (tunnel == nullptr) return std::nullopt;
  Mechanism mechanism = MakeMechanism(kind());
  auto& parameters = *mechanism.mutable_parameters();
  parameters[mechanism::kSrcIp] = tunnel->local.ToString();
  parameters[mechanism::kDstIp] = tunnel->remote.ToString();
  parameters[mechanism::kSrcPort] = absl::StrCat(tunnel->port);
  parameters[mechanism::kDstPort] = absl::StrCat(tunnel->port);
  parameters[mechanism::kVni] = absl::StrCat(tunnel->vni.value);
  // Who does, says so anew each time.
  parameters[kSrcAnswers] = mechanism::kYes;
  if (live.payload == dataplane::Payload::kIp) ConfirmIp(mechanism);
  return mechanism;
}

absl::StatusOr<AgreedLeg> VxlanMechanism::Accept(const Connection& connection,
                                                 const Mechanism& offered) const {
  RETURN_IF_ERROR(CheckCarries(connection.payload(), offered));
  ASSIGN_OR_RETURN(IpAddress peer, Peer(offered, mechanism::kSrcIp, mechanism::kSrcPort));
  ASSIGN_OR_RETURN(uint32_t own_mtu, dataplane_.TunnelMtu(peer));
  const uint32_t mtu = SmallerMtu(own_mtu, MtuOf(offered));
  if (mtu < kLeastMtu) {
    return absl::InvalidArgumentError(
        absl::StrCat("an MTU of ", mtu, " leaves no room for IP, which needs ", kLeastMtu));
  }
  ASSIGN_OR_RETURN(Vni vni, dataplane_.ReserveVni(connection.id(), peer, PrefersEvenVni(offered)));
  AgreedLeg accepted{
      .mechanism = offered,
      .leg = dataplane::Tunnel{.local = own_.address, .remote = peer, .port = own_.port, .vni = vni},
      .mtu = mtu,
      .peer_answers = Parameter(offered, kSrcAnswers) == mechanism::kYes};
  auto& parameters = *accepted.mechanism.mutable_parameters();
  parameters[mechanism::kDstIp] = own_.address.ToString();
  parameters[mechanism::kDstPort] = absl::StrCat(own_.port);
  parameters[kDstAnswers] = mechanism::kYes;
  parameters[mechanism::kVni] = absl::StrCat(vni.value);
  parameters[mechanism::kMtu] = absl::StrCat(mtu);
  return accepted;
}

absl::StatusOr<std::optional<std::string>> VxlanMechanism::FindLive(const Connection& connection,
                                                                    const Mechanism& mechanism) const {
  const PathSegment* behind = NextSegment(connection);
  if (behind == nullptr) return std::nullopt;
  std::optional<dataplane::CrossConnect> live = dataplane_.Find(behind->id());
  if (!live) return std::nullopt;
  const auto* tunnel = std::get_if<dataplane::Tunnel>(&live->client);
  absl::StatusOr<IpAddress> peer = IpAddress::Parse(Parameter(mechanism, mechanism::kSrcIp));
  const bool is_same = tunnel != nullptr && peer.ok() && *peer == tunnel->remote &&
                       Parameter(mechanism, mechanism::kVni) == absl::StrCat(tunnel->vni.value);
  if (!is_same) return std::nullopt;
  return behind->id();
}

void VxlanMechanism::Release(const std::string& id) const { dataplane_.ReleaseVni(id); }

absl::StatusOr<IpAddress> VxlanMechanism::Peer(const Mechanism& mechanism, const char* ip_key,
                                               const char* port_key) const {
  std::string port_text = Parameter(mechanism, port_key);
  uint32_t port = 4789;
  if (!port_text.empty() && !absl::SimpleAtoi(port_text, &port)) port = 0;
  if (port != own_.port) {
    return absl::InvalidArgumentError(absl::StrCat("VXLAN parameter ", port_key, " \"", port_text,
                                                   "\": both ends of a tunnel use one UDP port, here ",
                                                   own_.port));
  }
  absl::StatusOr<IpAddress> peer = IpAddress::Parse(Parameter(mechanism, ip_key));
  if (!peer.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("VXLAN parameter ", ip_key, ": ", peer.status().message()));
  }
  if (peer->is_unspecified()) {
    return absl::InvalidArgumentError(
        absl::StrCat("VXLAN parameter ", ip_key, ": ", peer->ToString(), " is no node's address"));
  }
  if (peer->family() != own_.address.family()) {
    return absl::InvalidArgumentError(absl::StrCat("VXLAN peer ", peer->ToString(),
                                                   " and this node's tunnel address ",
                                                   own_.address.ToString(), " are of different families"));
  }
  return peer;
}

bool VxlanMechanism::PrefersEvenVni(const Mechanism& mechanism) const {
  auto original_or = [&](const char* original, const std::string& other) {
    auto it = mechanism.parameters().find(original);
    return IpAddress::Parse(it != mechanism.parameters().end() ? it->second : other);
  };
  auto src = original_or(mechanism::kOrigSrcIp, Parameter(mechanism, mechanism::kSrcIp));
  auto dst = original_or(mechanism::kOrigDstIp, own_.address.ToString());
  if (!src.ok()) return true;
  return dst.ok() && *src <= *dst;
}

}  // namespace nsm::forwarder
