// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/neighbor.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm::netlink {
namespace {

ndmsg Header(Ifindex index, const IpAddress& address) {
  ndmsg header{};
  header.ndm_family = address.is_v4() ? AF_INET : AF_INET6;
  header.ndm_ifindex = static_cast<int>(index.value);
  header.ndm_state = NUD_PERMANENT;
  return header;
}

}  // namespace

absl::Status EnsureNeighbor(Socket& socket, Ifindex index, const Neighbor& neighbor) {
  Message message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, Header(index, neighbor.address));
  message.PutAddress(NDA_DST, neighbor.address).PutMac(NDA_LLADDR, neighbor.mac);
  return socket.Request(
      message, absl::StrCat("adding neighbour ", neighbor.address.ToString(), " of link ", index.value));
}

absl::Status RemoveNeighbor(Socket& socket, Ifindex index, const IpAddress& address) {
  Message message(RTM_DELNEIGH, 0, Header(index, address));
  message.PutAddress(NDA_DST, address);
  return socket.Request(message,
                        absl::StrCat("removing neighbour ", address.ToString(), " of link ", index.value),
                        {ENOENT, ENODEV});
}

absl::Status DumpNeighbors(Socket& socket, Ifindex index,
                           const std::function<void(const Neighbor&)>& handler) {
  // An index in the header would be refused (NETLINK_GET_STRICT_CHK).
  Message message(RTM_GETNEIGH, NLM_F_DUMP, ndmsg{});
  message.PutU32(NDA_IFINDEX, index.value);
  return socket.Query(message, absl::StrCat("listing neighbours of link ", index.value),
                      [&](const nlmsghdr* answer) {
                        const auto* found = static_cast<const ndmsg*>(nlmsg_data(answer));
                        if (static_cast<uint32_t>(found->ndm_ifindex) != index.value) return;
                        if (found->ndm_state != NUD_PERMANENT) return;
                        Attributes attributes = Attributes::Behind(answer, found);
                        std::optional<IpAddress> address = attributes.Address(NDA_DST);
                        std::optional<MacAddress> mac = attributes.Mac(NDA_LLADDR);
                        if (address.has_value() && mac.has_value())
                          handler({.address = *address, .mac = *mac});
                      });
}

}  // namespace nsm::netlink
