// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/address.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>

#include "absl/strings/str_cat.h"

namespace nsm::netlink {
namespace {

ifaddrmsg Header(Ifindex index, const IpPrefix& prefix) {
  ifaddrmsg header{};
  header.ifa_family = prefix.address().is_v4() ? AF_INET : AF_INET6;
  header.ifa_prefixlen = static_cast<uint8_t>(prefix.length());
  header.ifa_scope = RT_SCOPE_UNIVERSE;
  header.ifa_index = index.value;
  return header;
}

std::optional<Address> Decode(const nlmsghdr* message) {
  const auto* header = static_cast<const ifaddrmsg*>(nlmsg_data(message));
  Attributes attributes = Attributes::Behind(message, header);
  // On a point-to-point link IFA_ADDRESS is the peer's; IPv6 without a peer has no IFA_LOCAL.
  std::optional<IpAddress> address = attributes.Address(IFA_LOCAL);
  if (!address.has_value()) address = attributes.Address(IFA_ADDRESS);
  if (!address.has_value()) return std::nullopt;
  uint32_t flags = attributes.U32(IFA_FLAGS).value_or(header->ifa_flags);
  return Address{.index = {header->ifa_index},
                 .prefix = IpPrefix(*address, header->ifa_prefixlen),
                 .global = header->ifa_scope == RT_SCOPE_UNIVERSE,
                 .permanent = (flags & IFA_F_PERMANENT) != 0};
}

}  // namespace

absl::Status EnsureAddress(Socket& socket, Ifindex index, const IpPrefix& prefix) {
  Message message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, Header(index, prefix));
  message.PutAddress(IFA_LOCAL, prefix.address()).PutAddress(IFA_ADDRESS, prefix.address());
  message.PutU32(IFA_FLAGS, IFA_F_PERMANENT | IFA_F_NODAD);
  return socket.Request(message, absl::StrCat("adding address ", prefix.ToString(), " to link ", index.value),
                        {EEXIST});
}

absl::Status RemoveAddress(Socket& socket, Ifindex index, const IpPrefix& prefix) {
  Message message(RTM_DELADDR, 0, Header(index, prefix));
  message.PutAddress(IFA_LOCAL, prefix.address());
  return socket.Request(message,
                        absl::StrCat("removing address ", prefix.ToString(), " from link ", index.value),
                        {EADDRNOTAVAIL, ENODEV});
}

absl::Status DumpAddresses(Socket& socket, Ifindex index,
                           const std::function<void(const Address&)>& handler) {
  ifaddrmsg header{};
  header.ifa_family = AF_UNSPEC;
  header.ifa_index = index.value;
  return socket.Query(Message(RTM_GETADDR, NLM_F_DUMP, header), "listing addresses",
                      [&](const nlmsghdr* answer) {
                        std::optional<Address> address = Decode(answer);
                        if (address.has_value() && (index.value == 0 || address->index == index))
                          handler(*address);
                      });
}

}  // namespace nsm::netlink
