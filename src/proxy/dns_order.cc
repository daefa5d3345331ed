// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/dns_order.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "src/core/socket_address.h"
#include "src/core/unique_fd.h"

namespace nsm::proxy {
namespace {

using Services = std::vector<SrvRecord>;

// The end of the records that have the priority of the first.
Services::iterator EndOfPriority(Services::iterator first, Services::iterator last) {
  return std::find_if(first, last,
                      [first](const SrvRecord& record) { return record.priority != first->priority; });
}

// One of equal priority: each by the chance that its weight gives.
Services::iterator Choose(Services::iterator first, Services::iterator last,
                          const std::function<uint32_t(uint32_t)>& random) {
  uint32_t sum = 0;
  for (auto it = first; it != last; ++it) sum += it->weight;
  const uint32_t limit = random(sum);
  uint32_t running = 0;
  return std::find_if(first, last - 1,
                      [&](const SrvRecord& record) { return (running += record.weight) >= limit; });
}

// The addresses of one reachability, by turns.
void AppendByTurns(const std::vector<IpAddress>& addresses, std::vector<IpAddress>& ordered) {
  std::vector<IpAddress> v4, v6;
  for (const IpAddress& address : addresses) (address.is_v4() ? v4 : v6).push_back(address);
  for (size_t i = 0; i < std::max(v4.size(), v6.size()); ++i) {
    if (i < v6.size()) ordered.push_back(v6[i]);
    if (i < v4.size()) ordered.push_back(v4[i]);
  }
}

}  // namespace

std::vector<SrvRecord> OrderServices(std::vector<SrvRecord> records,
                                     const std::function<uint32_t(uint32_t)>& random) {
  // RFC 2782 wants those of weight 0 in front, so that they have a small chance, too.
  std::stable_sort(records.begin(), records.end(), [](const SrvRecord& a, const SrvRecord& b) {
    return std::pair(a.priority, a.weight != 0) < std::pair(b.priority, b.weight != 0);
  });
  for (auto it = records.begin(); it != records.end(); ++it) {
    auto chosen = Choose(it, EndOfPriority(it, records.end()), random);
    std::rotate(it, chosen, chosen + 1);
  }
  return records;
}

std::vector<IpAddress> OrderAddresses(const std::vector<IpAddress>& addresses,
                                      const std::function<bool(const IpAddress&)>& has_route) {
  std::vector<IpAddress> reachable, unreachable, ordered;
  for (const IpAddress& address : addresses) {
    (has_route(address) ? reachable : unreachable).push_back(address);
  }
  AppendByTurns(reachable, ordered);
  AppendByTurns(unreachable, ordered);
  return ordered;
}

bool HasRoute(const IpAddress& address) {
  // Connecting a UDP socket only looks the route up; any port does.
  const SocketAddress target(address, 1);
  UniqueFd socket(::socket(target.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return socket.valid() && ::connect(socket.get(), target.get(), target.size()) == 0;
}

}  // namespace nsm::proxy
