// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/ip_payload.h"

namespace nsm::forwarder {
namespace {

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

}  // namespace nsm::forwarder
