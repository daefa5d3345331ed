// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/address.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "src/core/status_macros.h"

namespace nsm::netlink {
namespace {

// The worker that does it needs the lock of all network configuration.
constexpr absl::Duration kWaitStep = absl::Microseconds(100);
constexpr absl::Duration kLongestWait = absl::Milliseconds(50);

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
                 .permanent = (flags & IFA_F_PERMANENT) != 0,
                 .usable = (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == 0,
                 .ours = attributes.U8(IFA_PROTO) == kAddressProtocol};
}

// ff02::1:ffXX:XXXX with the last three bytes of the address (RFC 4291, 2.7.1).
IpAddress SolicitedNodeGroup(const IpAddress& address) {
  std::array<uint8_t, 16> group = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff};
  std::copy_n(address.bytes().begin() + 13, 3, group.begin() + 13);
  return *IpAddress::FromBytes(group);
}

absl::StatusOr<bool> HasJoined(Socket& socket, Ifindex index, const IpAddress& group) {
  ifaddrmsg header{};
  header.ifa_family = AF_INET6;
  bool joined = false;
  RETURN_IF_ERROR(socket.Query(Message(RTM_GETMULTICAST, NLM_F_DUMP, header), "listing multicast groups",
                               [&](const nlmsghdr* answer) {
                                 const auto* found = static_cast<const ifaddrmsg*>(nlmsg_data(answer));
                                 joined |= found->ifa_index == index.value &&
                                           Attributes::Behind(answer, found).Address(IFA_MULTICAST) == group;
                               }));
  return joined;
}

absl::Status Add(Socket& socket, Ifindex index, const IpPrefix& prefix) {
  Message message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, Header(index, prefix));
  message.PutAddress(IFA_LOCAL, prefix.address()).PutAddress(IFA_ADDRESS, prefix.address());
  message.PutU32(IFA_FLAGS, IFA_F_PERMANENT | IFA_F_NODAD | IFA_F_NOPREFIXROUTE)
      .PutU8(IFA_PROTO, kAddressProtocol);
  return socket.Request(message,
                        absl::StrCat("adding address ", prefix.ToString(), " to link ", index.value));
}

// Whether a link cannot have both.
bool IsSame(const IpPrefix& a, const IpPrefix& b) {
  return a.address() == b.address() && (a.length() == b.length() || !a.address().is_v4());
}

}  // namespace

absl::Status AwaitSolicitable(Socket& socket, Ifindex index, const IpAddress& address) {
  IpAddress group = SolicitedNodeGroup(address);
  for (absl::Duration waited; waited < kLongestWait; waited += kWaitStep) {
    auto joined = HasJoined(socket, index, group);
    if (absl::IsUnavailable(joined.status())) continue;
    if (!joined.ok()) return joined.status();
    if (*joined) break;
    absl::SleepFor(kWaitStep);
  }
  // It will do so yet; the first packet is late.
  return absl::OkStatus();
}

absl::Status EnsureAddress(Socket& socket, Ifindex index, const IpPrefix& prefix) {
  absl::Status status = Add(socket, index, prefix);
  if (!absl::IsAlreadyExists(status)) return status;
  std::optional<Address> present;
  RETURN_IF_ERROR(DumpAddresses(socket, index, [&](const Address& address) {
    if (IsSame(address.prefix, prefix)) present = address;
  }));
  // Gone in between.
  if (!present.has_value()) return Add(socket, index, prefix);
  if (present->prefix == prefix && present->permanent && present->usable) return absl::OkStatus();
  RETURN_IF_ERROR(RemoveAddress(socket, index, present->prefix));
  return Add(socket, index, prefix);
}

absl::Status RemoveAddress(Socket& socket, Ifindex index, const IpPrefix& prefix) {
  // Without IFA_ADDRESS the length of an IPv4 address would not count.
  Message message(RTM_DELADDR, 0, Header(index, prefix));
  message.PutAddress(IFA_LOCAL, prefix.address()).PutAddress(IFA_ADDRESS, prefix.address());
  return socket.Request(message,
                        absl::StrCat("removing address ", prefix.ToString(), " from link ", index.value),
                        // ENXIO is what a link without IPv6 answers, as one with a small MTU is.
                        {EADDRNOTAVAIL, ENODEV, ENXIO});
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
                      },
                      {ENODEV});
}

}  // namespace nsm::netlink
