// SPDX-License-Identifier: Apache-2.0
#include "src/core/socket_address.h"

#include <arpa/inet.h>

#include <cstring>

namespace nsm {

SocketAddress::SocketAddress(const IpAddress& address, uint16_t port) {
  if (address.is_v4()) {
    sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {}};
    std::memcpy(&in.sin_addr, address.bytes().data(), address.bytes().size());
    std::memcpy(&storage_, &in, size_ = sizeof(in));
  } else {
    sockaddr_in6 in = {.sin6_family = AF_INET6,
                       .sin6_port = htons(port),
                       .sin6_flowinfo = 0,
                       .sin6_addr = {},
                       .sin6_scope_id = 0};
    std::memcpy(&in.sin6_addr, address.bytes().data(), address.bytes().size());
    std::memcpy(&storage_, &in, size_ = sizeof(in));
  }
}

std::optional<IpAddress> ToIpAddress(const sockaddr* address) {
  if (address == nullptr) return std::nullopt;
  const uint8_t* bytes = nullptr;
  size_t size = 0;
  if (address->sa_family == AF_INET) {
    bytes = reinterpret_cast<const uint8_t*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr);
    size = sizeof(in_addr);
  } else if (address->sa_family == AF_INET6) {
    bytes = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr.s6_addr;
    size = sizeof(in6_addr);
  } else {
    return std::nullopt;
  }
  return *IpAddress::FromBytes({bytes, size});
}

}  // namespace nsm
