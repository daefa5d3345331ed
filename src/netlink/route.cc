// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/route.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

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

// None of another table than main, nor what the kernel has for its own addresses, which it says to be of
// main.
std::optional<FoundRoute> Decode(const nlmsghdr* message) {
  const auto* header = static_cast<const rtmsg*>(nlmsg_data(message));
  const bool is_way = header->rtm_type == RTN_UNICAST || header->rtm_type >= RTN_BLACKHOLE;
  if (header->rtm_table != RT_TABLE_MAIN || !is_way) return std::nullopt;
  Attributes attributes = Attributes::Behind(message, header);
  static const std::array<uint8_t, 16> kZero{};
  // A default route has no destination.
  IpAddress destination =
      *IpAddress::FromBytes(std::span(kZero.data(), header->rtm_family == AF_INET ? 4u : 16u));
  destination = attributes.Address(RTA_DST).value_or(destination);
  return FoundRoute{.route = {.index = {attributes.U32(RTA_OIF).value_or(0)},
                              .prefix = IpPrefix(destination, header->rtm_dst_len),
                              .next_hop = attributes.Address(RTA_GATEWAY)},
                    .is_ours = header->rtm_protocol == kRouteProtocol};
}

absl::Status Dump(Socket& socket, unsigned char family, Ifindex index, const Socket::Handler& handler) {
  rtmsg header{};
  header.rtm_family = family;
  Message message(RTM_GETROUTE, NLM_F_DUMP, header);
  if (index != Ifindex{}) message.PutU32(RTA_OIF, index.value);
  return socket.Query(message, "listing routes", handler, {ENODEV});
}

// Who takes packets next, whether of the destination's family or of the other one.
std::optional<IpAddress> NextHop(const Attributes& attributes) {
  const nlattr* via = attributes.Find(RTA_VIA);
  if (via == nullptr) return attributes.Address(RTA_GATEWAY);
  std::span bytes(static_cast<const uint8_t*>(nla_data(via)), nla_len(via));
  auto address = IpAddress::FromBytes(bytes.subspan(std::min(sizeof(rtvia), bytes.size())));
  if (!address.ok()) return std::nullopt;
  return *address;
}

Message LookUp(const IpAddress& destination, unsigned int flags, const std::optional<IpAddress>& source) {
  rtmsg header{};
  header.rtm_family = FamilyOf(destination);
  header.rtm_dst_len = static_cast<unsigned char>(destination.bits());
  header.rtm_src_len = static_cast<unsigned char>(source.has_value() ? source->bits() : 0);
  header.rtm_flags = flags;
  Message message(RTM_GETROUTE, 0, header);
  message.PutAddress(RTA_DST, destination);
  if (source.has_value()) message.PutAddress(RTA_SRC, *source);
  return message;
}

}  // namespace

absl::Status AddRoute(Socket& socket, const LinkRoute& route) {
  const std::string operation = absl::StrCat("adding ", Describe(route));
  const uint32_t first = route.LeadsBeyond() ? kFirstMetricBeyond : kFirstMetric;
  for (uint32_t metric = first; metric < first + kMostAlike; ++metric) {
    Message message = Build(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route);
    message.PutU32(RTA_PRIORITY, metric);
    absl::Status status = socket.Request(message, operation);
    if (!absl::IsAlreadyExists(status)) return status;
  }
  return absl::ResourceExhaustedError(absl::StrCat(operation, ": there are too many to the same prefix"));
}

absl::Status RemoveRoute(Socket& socket, const LinkRoute& route) {
  return socket.Request(Build(RTM_DELROUTE, 0, route), absl::StrCat("removing ", Describe(route)),
                        {ESRCH, ENODEV});
}

absl::Status DumpRoutes(Socket& socket, Ifindex index, const std::function<void(const LinkRoute&)>& handler) {
  auto decode = [&](const nlmsghdr* answer) {
    std::optional<FoundRoute> found = Decode(answer);
    if (found.has_value() && found->is_ours && found->route.index == index) handler(found->route);
  };
  for (unsigned char family : {AF_INET, AF_INET6}) RETURN_IF_ERROR(Dump(socket, family, index, decode));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<FoundRoute>> FindRoutes(Socket& socket, const IpPrefix& prefix) {
  std::vector<FoundRoute> routes;
  auto decode = [&](const nlmsghdr* answer) {
    std::optional<FoundRoute> found = Decode(answer);
    if (!found.has_value()) return;
    if (found->route.prefix.Contains(prefix) || prefix.Contains(found->route.prefix))
      routes.push_back(*found);
  };
  const IpAddress& address = prefix.address();
  if (prefix.length() < address.bits()) {
    RETURN_IF_ERROR(Dump(socket, FamilyOf(address), Ifindex{}, decode));
    return routes;
  }
  // One that is used is all that there is to know, and in a pod with thousands that is cheaper.
  absl::Status status = socket.Query(LookUp(address, RTM_F_FIB_MATCH, std::nullopt),
                                     absl::StrCat("looking for routes to ", address.ToString()), decode,
                                     {ENETUNREACH, EHOSTUNREACH});
  if (!status.ok()) return status;
  return routes;
}

absl::StatusOr<RouteLookup> LookUpRoute(Socket& socket, const IpAddress& destination,
                                        const std::optional<IpAddress>& source) {
  RouteLookup result;
  RETURN_IF_ERROR(socket.Query(
      LookUp(destination, 0, source), absl::StrCat("looking up the route to ", destination.ToString()),
      [&result](const nlmsghdr* answer) {
        const auto* header = static_cast<const rtmsg*>(nlmsg_data(answer));
        Attributes attributes = Attributes::Behind(answer, header);
        result.is_plain = header->rtm_type == RTN_UNICAST && attributes.Find(RTA_ENCAP_TYPE) == nullptr;
        result.index.value = attributes.U32(RTA_OIF).value_or(0);
        result.next_hop = NextHop(attributes);
        std::optional<Attributes> metrics = attributes.Nested(RTA_METRICS);
        if (metrics.has_value()) result.mtu = metrics->U32(RTAX_MTU);
      }));
  return result;
}

}  // namespace nsm::netlink
