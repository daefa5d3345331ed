// SPDX-License-Identifier: Apache-2.0
#include "src/client/liveness.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "absl/time/clock.h"
#include "src/core/socket_address.h"
#include "src/core/unique_fd.h"

namespace nsm::client {
namespace {

constexpr int kPings = 4;

// A datagram ICMP socket: the kernel fills in identifier and checksum, and delivers only our own answers.
bool Answers(const IpAddress& from, const IpAddress& to, absl::Duration timeout) {
  const SocketAddress source(from);
  const SocketAddress target(to);
  UniqueFd fd(::socket(source.family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                       from.is_v4() ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6)));
  if (!fd.valid()) return true;
  // An own address that is gone is a dead connection.
  if (::bind(fd.get(), source.get(), source.size()) != 0) return false;
  for (int sequence = 1; sequence <= kPings; ++sequence) {
    std::array<uint8_t, 16> echo = {};
    echo[0] = from.is_v4() ? static_cast<uint8_t>(ICMP_ECHO) : static_cast<uint8_t>(ICMP6_ECHO_REQUEST);
    echo[7] = static_cast<uint8_t>(sequence);
    // A send that fails is a ping that got no answer.
    [[maybe_unused]] ssize_t sent =
        ::sendto(fd.get(), echo.data(), echo.size(), 0, target.get(), target.size());
    pollfd waiting = {.fd = fd.get(), .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout / kPings))) == 1 &&
        (waiting.revents & POLLIN) != 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool IsAlive(const Connection& connection, absl::Duration timeout) {
  const auto& ip = connection.context().ip_context();
  for (const std::string& source : ip.src_ip_addrs()) {
    for (const std::string& target : ip.dst_ip_addrs()) {
      absl::StatusOr<IpPrefix> from = IpPrefix::Parse(source);
      absl::StatusOr<IpPrefix> to = IpPrefix::Parse(target);
      if (!from.ok() || !to.ok() || from->address().family() != to->address().family()) continue;
      if (!Answers(from->address(), to->address(), timeout)) return false;
    }
  }
  return true;
}

}  // namespace nsm::client
