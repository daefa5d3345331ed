// SPDX-License-Identifier: Apache-2.0
// The sockets of both ends of a measurement.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "src/core/ip_address.h"
#include "src/core/unique_fd.h"

namespace nsm::bench {

// `type` is SOCK_STREAM, which listens, or SOCK_DGRAM. At every IPv4 address.
absl::StatusOr<UniqueFd> ServerSocket(int type, uint16_t port);

// Connected; sends small messages at once, and waits for an answer for some seconds at most.
absl::StatusOr<UniqueFd> ClientSocket(int type, const IpAddress& server, uint16_t port);

// Of a listening socket.
absl::StatusOr<UniqueFd> Accept(const UniqueFd& listener);

}  // namespace nsm::bench
