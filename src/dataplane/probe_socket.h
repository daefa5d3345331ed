// SPDX-License-Identifier: Apache-2.0
// Asks peers whether they are there (bpf/probe.h). Their answers go to the node's VXLAN device, and from
// there into map "peers".
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "src/core/ip_address.h"
#include "src/core/unique_fd.h"
#include "src/dataplane/peer_liveness.h"

namespace nsm::dataplane {

class ProbeSocket {
 public:
  // `from` is this node's tunnel address, `port` that of all tunnels, UDP.
  static absl::StatusOr<ProbeSocket> Open(const IpAddress& from, uint16_t port);
  // Never blocks. Returns whom it has not asked for want of memory; what no route is for is lost on the way.
  std::vector<IpAddress> Ask(const std::vector<PeerLiveness::Question>& questions) const;

 private:
  ProbeSocket(UniqueFd fd, uint16_t port) : fd_(std::move(fd)), port_(port) {}

  UniqueFd fd_;
  uint16_t port_;
};

}  // namespace nsm::dataplane
