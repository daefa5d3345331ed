// SPDX-License-Identifier: Apache-2.0
// Questions to the domain name system.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/core/ip_address.h"

namespace nsm::proxy {

// RFC 2782.
struct SrvRecord {
  uint16_t priority = 0;
  uint16_t weight = 0;
  uint16_t port = 0;
  std::string target;  // a host; empty or ".": the service is decidedly not there
  bool operator==(const SrvRecord&) const = default;
};

// Thread safe. Both functions block, at most until `deadline`, and give what came in the order in which it
// came, never nothing. Errors say what was asked, of whom, and what each of them said. NOT_FOUND: a name
// server says that there is no such name or no such record. UNAVAILABLE: none said anything of use.
class Dns {
 public:
  virtual ~Dns() = default;
  // IPv6 and IPv4 addresses of a host.
  virtual absl::StatusOr<std::vector<IpAddress>> FindAddresses(const std::string& host,
                                                               absl::Time deadline) = 0;
  // SRV records of exactly that name: nothing is put in front of it.
  virtual absl::StatusOr<std::vector<SrvRecord>> FindServices(const std::string& name,
                                                              absl::Time deadline) = 0;
};

}  // namespace nsm::proxy
