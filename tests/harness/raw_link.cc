// SPDX-License-Identifier: Apache-2.0
#include "tests/harness/raw_link.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

#include "absl/time/clock.h"

namespace nsm::testing {

RawLink::RawLink(const TestNetns& netns, const std::string& link) {
  netns.In([&] {
    fd_ = UniqueFd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(::if_nametoindex(link.c_str()));
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  });
}

void RawLink::Send(const std::vector<uint8_t>& frame) const {
  EXPECT_EQ(::send(fd_.get(), frame.data(), frame.size(), 0), static_cast<ssize_t>(frame.size()));
}

std::optional<std::vector<uint8_t>> RawLink::Receive(
    const std::function<bool(const std::vector<uint8_t>&)>& is_wanted) const {
  const absl::Time deadline = absl::Now() + absl::Seconds(2);
  std::vector<uint8_t> frame;
  while (absl::Now() < deadline) {
    pollfd waiting{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, 100) <= 0) continue;
    frame.resize(1 << 16);
    const ssize_t size = ::recv(fd_.get(), frame.data(), frame.size(), 0);
    if (size < 0) continue;
    frame.resize(static_cast<size_t>(size));
    if (is_wanted(frame)) return frame;
  }
  return std::nullopt;
}

}  // namespace nsm::testing
