// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/mechanism.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "src/core/interface_name.h"
#include "src/core/status_macros.h"

namespace nsm::forwarder {
namespace {

absl::StatusOr<IpAddress> AddressParameter(const Mechanism& mechanism, const char* key) {
  absl::StatusOr<IpAddress> address = IpAddress::Parse(Parameter(mechanism, key));
  if (!address.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("VXLAN parameter ", key, ": ", address.status().message()));
  }
  return address;
}

}  // namespace

absl::StatusOr<dataplane::Attachment> ToAttachment(const Mechanism& mechanism) {
  dataplane::Attachment attachment;
  absl::StatusOr<NetnsInode> netns = NetnsInode::ParseUrl(Parameter(mechanism, mechanism::kInodeUrl));
  if (!netns.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("KERNEL parameter inodeURL: ", netns.status().message()));
  }
  attachment.netns = *netns;
  attachment.name = Parameter(mechanism, mechanism::kName);
  if (absl::Status name = CheckInterfaceName(attachment.name); !name.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("KERNEL parameter name: ", name.message()));
  }
  return attachment;
}

absl::StatusOr<IpAddress> VxlanPeer(const Mechanism& mechanism, const TunnelEnd& own, bool is_server) {
  const char* port_key = is_server ? mechanism::kSrcPort : mechanism::kDstPort;
  std::string port_text = Parameter(mechanism, port_key);
  uint32_t port = 4789;
  if (!port_text.empty() && !absl::SimpleAtoi(port_text, &port)) port = 0;
  if (port != own.port) {
    return absl::InvalidArgumentError(absl::StrCat("VXLAN parameter ", port_key, " \"", port_text,
                                                   "\": both ends of a tunnel use one UDP port, here ",
                                                   own.port));
  }
  return AddressParameter(mechanism, is_server ? mechanism::kSrcIp : mechanism::kDstIp);
}

absl::StatusOr<dataplane::Tunnel> ToTunnel(const Mechanism& mechanism, const TunnelEnd& own, bool is_server) {
  ASSIGN_OR_RETURN(IpAddress remote, VxlanPeer(mechanism, own, is_server));
  ASSIGN_OR_RETURN(Vni vni, Vni::Parse(Parameter(mechanism, mechanism::kVni)));
  if (remote.family() != own.address.family()) {
    return absl::InvalidArgumentError(absl::StrCat("VXLAN peer ", remote.ToString(),
                                                   " and this node's tunnel address ", own.address.ToString(),
                                                   " are of different families"));
  }
  return dataplane::Tunnel{.local = own.address, .remote = remote, .port = own.port, .vni = vni};
}

bool PrefersEvenVni(const Mechanism& mechanism, const TunnelEnd& own) {
  auto original_or = [&](const char* original, const std::string& other) {
    auto it = mechanism.parameters().find(original);
    return IpAddress::Parse(it != mechanism.parameters().end() ? it->second : other);
  };
  auto src = original_or(mechanism::kOrigSrcIp, Parameter(mechanism, mechanism::kSrcIp));
  auto dst = original_or(mechanism::kOrigDstIp, own.address.ToString());
  if (!src.ok()) return true;
  return dst.ok() && *src <= *dst;
}

Mechanism PreferenceFor(const Url& next_hop, const TunnelEnd& own, uint32_t mtu) {
  Mechanism preference;
  if (next_hop.is_unix()) {
    preference.set_cls(mechanism::kLocal);
    preference.set_type(mechanism::kKernel);
    return preference;
  }
  preference.set_cls(mechanism::kRemote);
  preference.set_type(mechanism::kVxlan);
  auto& parameters = *preference.mutable_parameters();
  parameters[mechanism::kSrcIp] = own.address.ToString();
  parameters[mechanism::kSrcPort] = absl::StrCat(own.port);
  if (mtu != 0) parameters[mechanism::kMtu] = absl::StrCat(mtu);
  return preference;
}

Mechanism ToMechanism(const dataplane::Leg& leg) {
  Mechanism mechanism;
  auto& parameters = *mechanism.mutable_parameters();
  if (const auto* attachment = std::get_if<dataplane::Attachment>(&leg)) {
    mechanism.set_cls(mechanism::kLocal);
    mechanism.set_type(mechanism::kKernel);
    parameters[mechanism::kInodeUrl] = attachment->netns.ToUrl();
    parameters[mechanism::kName] = attachment->name;
    return mechanism;
  }
  const auto& tunnel = std::get<dataplane::Tunnel>(leg);
  mechanism.set_cls(mechanism::kRemote);
  mechanism.set_type(mechanism::kVxlan);
  parameters[mechanism::kSrcIp] = tunnel.local.ToString();
  parameters[mechanism::kDstIp] = tunnel.remote.ToString();
  parameters[mechanism::kSrcPort] = absl::StrCat(tunnel.port);
  parameters[mechanism::kDstPort] = absl::StrCat(tunnel.port);
  parameters[mechanism::kVni] = absl::StrCat(tunnel.vni.value);
  return mechanism;
}

}  // namespace nsm::forwarder
