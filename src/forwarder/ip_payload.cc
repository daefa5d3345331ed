// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/ip_payload.h"

#include "absl/strings/str_cat.h"

namespace nsm::forwarder {
namespace {

// Of our own; upstream has no such parameter.
constexpr char kPayload[] = "payload";

// Locally administered. The other node's forwarder relies on them.
constexpr MacAddress kClientMac{{0x02, 'n', 's', 'm', 0, 1}};
constexpr MacAddress kEndpointMac{{0x02, 'n', 's', 'm', 0, 2}};

}  // namespace

void UseFixedNeighbors(Side side, const std::vector<IpAddress>& opposite, dataplane::Attachment& attachment) {
  const bool client = side == Side::kClient;
  attachment.mac = client ? kClientMac : kEndpointMac;
  for (const IpAddress& address : opposite) {
    attachment.neighbors.push_back({.address = address, .mac = client ? kEndpointMac : kClientMac});
  }
}

void ConfirmIp(Mechanism& mechanism) { (*mechanism.mutable_parameters())[kPayload] = kPayloadIp; }

absl::Status CheckIpConfirmed(const Mechanism& mechanism) {
  if (Parameter(mechanism, kPayload) == kPayloadIp) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("mechanism ", mechanism.cls(), " ", mechanism.type(), " was agreed on without parameter ",
                   kPayload, "=", kPayloadIp,
                   ": the other forwarder does not carry payload IP by it; offer the service with payload ",
                   kPayloadEthernet));
}

}  // namespace nsm::forwarder
