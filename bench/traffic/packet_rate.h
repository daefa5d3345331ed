// SPDX-License-Identifier: Apache-2.0
// How many small UDP packets a second arrive when one sender sends as fast as it can.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/core/ip_address.h"

namespace nsm::bench {

struct PacketRate {
  double sent = 0;  // packets per second
  double delivered = 0;
};

// Packets with 64 bytes of payload.
absl::StatusOr<PacketRate> MeasurePacketRate(const IpAddress& server, absl::Duration duration);

// Counts for one client after the other; returns only when it cannot.
absl::Status CountPackets();

}  // namespace nsm::bench
