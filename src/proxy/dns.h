// SPDX-License-Identifier: Apache-2.0
// Questions to the domain name system.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/core/ip_address.h"

namespace nsm::proxy {

// Thread safe.
class Dns {
 public:
  virtual ~Dns() = default;
  // The addresses of a host, in the order of the answer; never empty. Blocks, at most until `deadline`.
  // Errors say what was asked of whom and what came back; NOT_FOUND: the name or its addresses do not exist.
  virtual absl::StatusOr<std::vector<IpAddress>> FindAddresses(const std::string& host,
                                                               absl::Time deadline) = 0;
};

}  // namespace nsm::proxy
