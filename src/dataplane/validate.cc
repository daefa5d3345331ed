// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/validate.h"

#include "absl/strings/str_cat.h"
#include "src/core/interface_name.h"
#include "src/core/status_macros.h"
#include "src/dataplane/plan_pod_end.h"

namespace nsm::dataplane {
namespace {

constexpr size_t kMaxIdLength = 63;
constexpr size_t kMaxAliasLength = 254;  // IFALIASZ less two, one of them the NUL
constexpr uint32_t kMinMtu = 68;         // RFC 791; the kernel's own limit
constexpr uint32_t kMaxMtu = 65535;

bool CanBeALinks(const MacAddress& mac) { return (mac.bytes[0] & 1) == 0 && mac != MacAddress{}; }

absl::Status ValidateAttachment(const Attachment& attachment, uint32_t mtu) {
  RETURN_IF_ERROR(CheckInterfaceName(attachment.name));
  if (attachment.alias.size() > kMaxAliasLength || attachment.alias.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("alias \"", attachment.alias, "\" must have at most ", kMaxAliasLength, " bytes"));
  }
  if (attachment.mac.has_value() && !CanBeALinks(*attachment.mac)) {
    return absl::InvalidArgumentError(
        absl::StrCat(attachment.mac->ToString(), " cannot be the MAC address of an interface"));
  }
  if (mtu != 0 && mtu < kLeastIpv6Mtu && SpeaksIpv6(attachment)) {
    return absl::InvalidArgumentError(
        absl::StrCat("IPv6 needs an MTU of at least ", kLeastIpv6Mtu, ", not ", mtu));
  }
  for (const Route& route : attachment.routes) {
    // The kernel would take the first bytes of the address.
    if (!route.next_hop.has_value() || route.next_hop->family() == route.prefix.address().family()) continue;
    return absl::InvalidArgumentError(absl::StrCat("route to ", route.prefix.ToString(), " via ",
                                                   route.next_hop->ToString(), ": not the same family"));
  }
  return absl::OkStatus();
}

absl::Status ValidateTunnel(const Tunnel& tunnel, const NodeConfig& config) {
  if (tunnel.port != config.vxlan_port) {
    return absl::InvalidArgumentError(absl::StrCat("tunnel to ", tunnel.remote.ToString(), " by UDP port ",
                                                   tunnel.port, ": this node's port is ", config.vxlan_port));
  }
  if (tunnel.local != config.tunnel_ip) {
    return absl::InvalidArgumentError(absl::StrCat("tunnel from ", tunnel.local.ToString(),
                                                   ": this node's address is ", config.tunnel_ip.ToString()));
  }
  if (tunnel.remote.family() != tunnel.local.family() || tunnel.remote.is_unspecified()) {
    return absl::InvalidArgumentError(absl::StrCat("a tunnel from ", tunnel.local.ToString(), " to ",
                                                   tunnel.remote.ToString(), " is not possible"));
  }
  if (tunnel.vni.value == 0 || tunnel.vni.value > Vni::kMax) {
    return absl::InvalidArgumentError(absl::StrCat(tunnel.vni.value, " is not a VNI"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Validate(const CrossConnect& wanted, const NodeConfig& config) {
  bool has_nul = wanted.id.find('\0') != std::string::npos;
  if (wanted.id.empty() || wanted.id.size() > kMaxIdLength || has_nul) {
    return absl::InvalidArgumentError(
        absl::StrCat("connection id \"", wanted.id, "\" must have 1 to ", kMaxIdLength, " bytes"));
  }
  if (wanted.mtu != 0 && (wanted.mtu < kMinMtu || wanted.mtu > kMaxMtu)) {
    return absl::InvalidArgumentError(absl::StrCat("MTU ", wanted.mtu, " is not possible"));
  }
  for (const Leg* leg : {&wanted.client, &wanted.endpoint}) {
    if (const auto* tunnel = std::get_if<Tunnel>(leg)) {
      RETURN_IF_ERROR(ValidateTunnel(*tunnel, config));
    } else {
      RETURN_IF_ERROR(ValidateAttachment(std::get<Attachment>(*leg), wanted.mtu));
    }
  }
  if (std::holds_alternative<Tunnel>(wanted.client) && std::holds_alternative<Tunnel>(wanted.endpoint)) {
    return absl::InvalidArgumentError("a cross-connect needs an attachment on one side");
  }
  return absl::OkStatus();
}

}  // namespace nsm::dataplane
