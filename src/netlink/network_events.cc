// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/network_events.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <utility>

#include "src/netlink/route.h"
#include "src/netlink/socket.h"

namespace nsm::netlink {
namespace {

// Deleting a group of thousands of links tells of each.
constexpr int kReceiveBuffer = 8 << 20;

constexpr size_t kBody = sizeof(nlmsghdr);
constexpr sock_filter kPass = BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
constexpr sock_filter kDrop = BPF_STMT(BPF_RET | BPF_K, 0);

constexpr sock_filter Load(uint16_t size, size_t offset) {
  return BPF_STMT(static_cast<uint16_t>(BPF_LD | BPF_ABS | size), static_cast<uint32_t>(offset));
}
// Goes on behind the next instruction if it does not hold.
constexpr sock_filter If(uint16_t comparison, uint32_t value) {
  return BPF_JUMP(static_cast<uint16_t>(BPF_JMP | BPF_K | comparison), value, 0, 1);
}

// Goes on behind the next instruction if it holds.
constexpr sock_filter Unless(uint16_t comparison, uint32_t value) {
  return BPF_JUMP(static_cast<uint16_t>(BPF_JMP | BPF_K | comparison), value, 1, 0);
}

// Keeps away what nobody asks for, of which there is much. Words are read in network order.
absl::Status FilterNews(int fd, uint32_t index_bit) {
  std::vector<sock_filter> code;
  auto when = [&code](uint16_t type, std::initializer_list<sock_filter> then) {
    code.push_back(Load(BPF_H, offsetof(nlmsghdr, nlmsg_type)));
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(type), 0, static_cast<uint8_t>(then.size())));
    code.insert(code.end(), then);
  };
  for (uint16_t type : {RTM_DELLINK, RTM_DELADDR, RTM_DELQDISC, RTM_DELTFILTER}) when(type, {kPass});
  when(RTM_NEWADDR,
       {Load(BPF_W, kBody + offsetof(ifaddrmsg, ifa_index)), If(BPF_JSET, htonl(index_bit)), kDrop, kPass});
  when(RTM_DELNEIGH,
       {Load(BPF_W, kBody + offsetof(ndmsg, ndm_ifindex)), If(BPF_JSET, htonl(index_bit)), kPass, kDrop});
  // What the kernel makes itself comes with an address.
  for (const auto& [type, ours] : {std::pair{RTM_NEWROUTE, kDrop}, std::pair{RTM_DELROUTE, kPass}}) {
    when(type, {Load(BPF_B, kBody + offsetof(rtmsg, rtm_protocol)), If(BPF_JEQ, kRouteProtocol), ours,
                If(BPF_JEQ, RTPROT_KERNEL), kDrop, Load(BPF_B, kBody + offsetof(rtmsg, rtm_family)),
                If(BPF_JEQ, AF_INET), kPass, kDrop});
  }
  // Of those with the bit only that they were set down: a change of that flag, and no new link.
  when(RTM_NEWLINK, {Load(BPF_W, kBody + offsetof(ifinfomsg, ifi_index)), Unless(BPF_JSET, htonl(index_bit)),
                     kPass, Load(BPF_W, kBody + offsetof(ifinfomsg, ifi_flags)), If(BPF_JSET, htonl(IFF_UP)),
                     kDrop, Load(BPF_W, kBody + offsetof(ifinfomsg, ifi_change)), If(BPF_JEQ, 0xffffffff),
                     kDrop, If(BPF_JSET, htonl(IFF_UP)), kPass, kDrop});
  code.push_back(kDrop);
  sock_fprog program{.len = static_cast<uint16_t>(code.size()), .filter = code.data()};
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "filtering netlink events");
}

// The link that was hurt; none if the message tells of something else.
std::optional<Ifindex> HurtLink(const nlmsghdr* message) {
  const void* body = nlmsg_data(message);
  switch (message->nlmsg_type) {
    case RTM_NEWLINK: {
      const auto* link = static_cast<const ifinfomsg*>(body);
      const bool is_new = link->ifi_change == ~0u;
      if (is_new || (link->ifi_change & IFF_UP) == 0 || (link->ifi_flags & IFF_UP) != 0) return std::nullopt;
      return Ifindex{static_cast<uint32_t>(link->ifi_index)};
    }
    case RTM_DELADDR:
      return Ifindex{static_cast<const ifaddrmsg*>(body)->ifa_index};
    case RTM_DELNEIGH:
      return Ifindex{static_cast<uint32_t>(static_cast<const ndmsg*>(body)->ndm_ifindex)};
    case RTM_DELQDISC:
    case RTM_DELTFILTER:
      return Ifindex{static_cast<uint32_t>(static_cast<const tcmsg*>(body)->tcm_ifindex)};
    case RTM_DELROUTE: {
      const auto* route = static_cast<const rtmsg*>(body);
      if (route->rtm_protocol != kRouteProtocol) return std::nullopt;
      std::optional<uint32_t> index = Attributes::Behind(message, route).U32(RTA_OIF);
      if (index.has_value()) return Ifindex{*index};
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

// Whether it may have changed where this namespace's packets go.
bool ChangesWays(const nlmsghdr* message, uint32_t index_bit) {
  const void* body = nlmsg_data(message);
  switch (message->nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      return (static_cast<uint32_t>(static_cast<const ifinfomsg*>(body)->ifi_index) & index_bit) == 0;
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      return static_cast<const rtmsg*>(body)->rtm_protocol != kRouteProtocol;
    default:
      return false;
  }
}

void Add(const nlmsghdr* message, bool elsewhere, uint32_t index_bit, NetworkEvents::News& news) {
  if (std::optional<Ifindex> hurt = HurtLink(message); hurt.has_value()) {
    (elsewhere ? news.links_hurt_elsewhere : news.links_hurt).push_back(*hurt);
  }
  if (elsewhere) return;
  news.ways_changed |= ChangesWays(message, index_bit);
  news.addresses_changed |= message->nlmsg_type == RTM_NEWADDR || message->nlmsg_type == RTM_DELADDR;
  if (message->nlmsg_type != RTM_DELLINK) return;
  const auto* header = static_cast<const ifinfomsg*>(nlmsg_data(message));
  // A bridge also tells of ports that leave it, as its own family.
  if (header->ifi_family == AF_UNSPEC) {
    news.links_gone.push_back({static_cast<uint32_t>(header->ifi_index)});
  }
}

// The kernel adds the id of the namespace, where that is another one.
bool IsFromElsewhere(msghdr& received) {
  for (cmsghdr* extra = CMSG_FIRSTHDR(&received); extra != nullptr; extra = CMSG_NXTHDR(&received, extra)) {
    if (extra->cmsg_level == SOL_NETLINK && extra->cmsg_type == NETLINK_LISTEN_ALL_NSID) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<NetworkEvents> NetworkEvents::Open(uint32_t index_bit) {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "opening a netlink socket for events");
  if (absl::Status status = FilterNews(fd.get(), index_bit); !status.ok()) return status;
  // Without the privilege it stays at the default, and some news is missed sooner.
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof(kReceiveBuffer));
  // Nor is anything heard of other namespaces.
  int on = 1;
  ::setsockopt(fd.get(), SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &on, sizeof(on));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
                      RTMGRP_IPV6_ROUTE | RTMGRP_TC | RTMGRP_NEIGH;
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    return absl::ErrnoToStatus(errno, "listening for netlink events");
  }
  return NetworkEvents(std::move(fd), index_bit);
}

absl::StatusOr<NetworkEvents::News> NetworkEvents::Read() {
  News news;
  while (true) {
    iovec part{.iov_base = buffer_.data(), .iov_len = buffer_.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> extra;
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = extra.data();
    header.msg_controllen = extra.size();
    ssize_t received = ::recvmsg(fd_.get(), &header, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && errno == ENOBUFS) {
      news.missed_some = true;
      continue;
    }
    if (received < 0 && errno == EAGAIN) return news;
    if (received < 0) return absl::ErrnoToStatus(errno, "reading netlink events");
    const bool elsewhere = IsFromElsewhere(header);
    int left = static_cast<int>(received);
    for (auto* message = reinterpret_cast<nlmsghdr*>(buffer_.data()); nlmsg_ok(message, left);
         message = nlmsg_next(message, &left)) {
      Add(message, elsewhere, index_bit_, news);
    }
  }
}

}  // namespace nsm::netlink
