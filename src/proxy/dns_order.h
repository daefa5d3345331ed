// SPDX-License-Identifier: Apache-2.0
// In which order the answers of the name system are tried.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "src/proxy/dns.h"

namespace nsm::proxy {

// By priority, and among equal ones by chance according to their weights (RFC 2782). `random(n)` is a number
// from 0 to n, n included.
std::vector<SrvRecord> OrderServices(std::vector<SrvRecord> records,
                                     const std::function<uint32_t(uint32_t)>& random);

// IPv6 and IPv4 by turns, IPv6 first, and each in the order in which they came (as in RFC 8305); those to
// which there is no route come last.
std::vector<IpAddress> OrderAddresses(const std::vector<IpAddress>& addresses,
                                      const std::function<bool(const IpAddress&)>& has_route);

// Whether the kernel has a route there. Sends nothing.
bool HasRoute(const IpAddress& address);

}  // namespace nsm::proxy
