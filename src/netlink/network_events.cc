// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/network_events.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>

namespace nsm::netlink {
namespace {

// Deleting a group of thousands of links tells of each.
constexpr int kReceiveBuffer = 8 << 20;

// Keeps RTM_NEWLINK away, of which every change of every link makes one. Half words are read in network
// order.
absl::Status IgnoreNewLinks(int fd) {
  std::array<sock_filter, 4> code = {
      sock_filter BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(nlmsghdr, nlmsg_type)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWLINK), 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, 0),
      sock_filter BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
  };
  sock_fprog program{.len = code.size(), .filter = code.data()};
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "filtering netlink events");
}

void Add(const nlmsghdr* message, NetworkEvents::News& news) {
  switch (message->nlmsg_type) {
    case RTM_DELLINK: {
      const auto* header = static_cast<const ifinfomsg*>(nlmsg_data(message));
      // A bridge also tells of ports that leave it, as its own family.
      if (header->ifi_family == AF_UNSPEC) {
        news.links_gone.push_back({static_cast<uint32_t>(header->ifi_index)});
      }
      break;
    }
    case RTM_NEWADDR:
    case RTM_DELADDR:
      news.addresses_changed = true;
      break;
    default:
      break;
  }
}

}  // namespace

absl::StatusOr<NetworkEvents> NetworkEvents::Open() {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "opening a netlink socket for events");
  if (absl::Status status = IgnoreNewLinks(fd.get()); !status.ok()) return status;
  // Without the privilege it stays at the default, and some news is missed sooner.
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof(kReceiveBuffer));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    return absl::ErrnoToStatus(errno, "listening for netlink events");
  }
  return NetworkEvents(std::move(fd));
}

absl::StatusOr<NetworkEvents::News> NetworkEvents::Read() {
  News news;
  while (true) {
    ssize_t received = ::recv(fd_.get(), buffer_.data(), buffer_.size(), 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && errno == ENOBUFS) {
      news.missed_some = true;
      continue;
    }
    if (received < 0 && errno == EAGAIN) return news;
    if (received < 0) return absl::ErrnoToStatus(errno, "reading netlink events");
    int left = static_cast<int>(received);
    for (auto* message = reinterpret_cast<nlmsghdr*>(buffer_.data()); nlmsg_ok(message, left);
         message = nlmsg_next(message, &left)) {
      Add(message, news);
    }
  }
}

}  // namespace nsm::netlink
