// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/route.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm::netlink {
namespace {

unsigned char FamilyOf(const IpAddress& address) { return address.is_v4() ? AF_INET : AF_INET6; }

Message Build(int type, int flags, const LinkRoute& route) {
  rtmsg header{};
  header.rtm_family = FamilyOf(route.prefix.address());
  header.rtm_dst_len = static_cast<unsigned char>(route.prefix.length());
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = kRouteProtocol;
  header.rtm_scope = route.next_hop.has_value() ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  header.rtm_type = RTN_UNICAST;
  header.rtm_flags = route.next_hop.has_value() ? RTNH_F_ONLINK : 0;
  Message message(type, flags, header);
  message.PutAddress(RTA_DST, route.prefix.Masked().address());
  message.PutU32(RTA_OIF, route.index.value);
  if (route.next_hop.has_value()) message.PutAddress(RTA_GATEWAY, *route.next_hop);
  return message;
}

std::string Describe(const LinkRoute& route) {
  std::string via = route.next_hop.has_value() ? absl::StrCat(" via ", route.next_hop->ToString()) : "";
  return absl::StrCat("route ", route.prefix.ToString(), via, " dev ", route.index.value);
}

std::optional<LinkRoute> Decode(const nlmsghdr* message) {
  const auto* header = static_cast<const rtmsg*>(nlmsg_data(message));
  if (header->rtm_protocol != kRouteProtocol || header->rtm_table != RT_TABLE_MAIN) return std::nullopt;
  Attributes attributes = Attributes::Behind(message, header);
  static const std::array<uint8_t, 16> kZero{};
  // A default route has no destination.
  IpAddress destination =
      *IpAddress::FromBytes(std::span(kZero.data(), header->rtm_family == AF_INET ? 4u : 16u));
  destination = attributes.Address(RTA_DST).value_or(destination);
  return LinkRoute{.index = {attributes.U32(RTA_OIF).value_or(0)},
                   .prefix = IpPrefix(destination, header->rtm_dst_len),
                   .next_hop = attributes.Address(RTA_GATEWAY)};
}

}  // namespace

absl::Status EnsureRoute(Socket& socket, const LinkRoute& route) {
  return socket.Request(Build(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route),
                        absl::StrCat("adding ", Describe(route)));
}

absl::Status RemoveRoute(Socket& socket, const LinkRoute& route) {
  return socket.Request(Build(RTM_DELROUTE, 0, route), absl::StrCat("removing ", Describe(route)),
                        {ESRCH, ENODEV});
}

absl::Status DumpRoutes(Socket& socket, Ifindex index, const std::function<void(const LinkRoute&)>& handler) {
  for (unsigned char family : {AF_INET, AF_INET6}) {
    rtmsg header{};
    header.rtm_family = family;
    Message message(RTM_GETROUTE, NLM_F_DUMP, header);
    message.PutU32(RTA_OIF, index.value);
    auto decode = [&](const nlmsghdr* answer) {
      std::optional<LinkRoute> route = Decode(answer);
      if (route.has_value() && route->index == index) handler(*route);
    };
    RETURN_IF_ERROR(socket.Query(message, "listing routes", decode, {ENODEV}));
  }
  return absl::OkStatus();
}

absl::StatusOr<RouteLookup> LookUpRoute(Socket& socket, const IpAddress& destination) {
  rtmsg header{};
  header.rtm_family = FamilyOf(destination);
  header.rtm_dst_len = static_cast<unsigned char>(destination.bits());
  Message message(RTM_GETROUTE, 0, header);
  message.PutAddress(RTA_DST, destination);
  RouteLookup result;
  RETURN_IF_ERROR(socket.Query(message, absl::StrCat("looking up the route to ", destination.ToString()),
                               [&result](const nlmsghdr* answer) {
                                 Attributes attributes = Attributes::Behind(
                                     answer, static_cast<const rtmsg*>(nlmsg_data(answer)));
                                 result.index.value = attributes.U32(RTA_OIF).value_or(0);
                                 std::optional<Attributes> metrics = attributes.Nested(RTA_METRICS);
                                 if (metrics.has_value()) result.mtu = metrics->U32(RTAX_MTU);
                               }));
  return result;
}

}  // namespace nsm::netlink
