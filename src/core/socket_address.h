// SPDX-License-Identifier: Apache-2.0
// Between IP addresses and the kernel's struct sockaddr.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>

#include "src/core/ip_address.h"

namespace nsm {

class SocketAddress {
 public:
  // `port` in host order.
  explicit SocketAddress(const IpAddress& address, uint16_t port = 0);
  // What bind, connect and sendto take.
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const { return size_; }
  // AF_INET or AF_INET6.
  int family() const { return storage_.ss_family; }

 private:
  sockaddr_storage storage_ = {};
  socklen_t size_;
};

// None for null and for what is neither IPv4 nor IPv6.
std::optional<IpAddress> ToIpAddress(const sockaddr* address);

}  // namespace nsm
