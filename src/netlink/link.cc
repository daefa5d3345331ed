// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/link.h"

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm::netlink {
namespace {

VxlanSettings DecodeVxlan(const Attributes& data) {
  return {.port = ntohs(data.U16(IFLA_VXLAN_PORT).value_or(0)),
          .collect_metadata = data.U8(IFLA_VXLAN_COLLECT_METADATA).value_or(0) != 0,
          .learning = data.U8(IFLA_VXLAN_LEARNING).value_or(0) != 0,
          .udp_zero_checksum6_rx = data.U8(IFLA_VXLAN_UDP_ZERO_CSUM6_RX).value_or(0) != 0};
}

Link DecodeLink(const nlmsghdr* message) {
  const auto* header = static_cast<const ifinfomsg*>(nlmsg_data(message));
  Attributes attributes = Attributes::Behind(message, header);
  Link link{.index = {static_cast<uint32_t>(header->ifi_index)},
            .name = attributes.Text(IFLA_IFNAME),
            .alias = attributes.Text(IFLA_IFALIAS),
            .kind = {},
            .mac = attributes.Mac(IFLA_ADDRESS).value_or(MacAddress{}),
            .mtu = attributes.U32(IFLA_MTU).value_or(0),
            .group = attributes.U32(IFLA_GROUP).value_or(0),
            .type = header->ifi_type,
            .up = (header->ifi_flags & IFF_UP) != 0,
            .vxlan = {}};
  std::optional<Attributes> info = attributes.Nested(IFLA_LINKINFO);
  if (!info.has_value()) return link;
  link.kind = info->Text(IFLA_INFO_KIND);
  std::optional<Attributes> data = info->Nested(IFLA_INFO_DATA);
  if (link.kind == "vxlan" && data.has_value()) link.vxlan = DecodeVxlan(*data);
  return link;
}

absl::StatusOr<Link> QueryLink(Socket& socket, const Message& message, const std::string& operation) {
  std::optional<Link> found;
  RETURN_IF_ERROR(
      socket.Query(message, operation, [&found](const nlmsghdr* answer) { found = DecodeLink(answer); }));
  if (!found.has_value()) return absl::InternalError(absl::StrCat(operation, ": no answer"));
  return *std::move(found);
}

ifinfomsg Header(Ifindex index) {
  ifinfomsg header{};
  header.ifi_family = AF_UNSPEC;
  header.ifi_index = static_cast<int>(index.value);
  return header;
}

// The kernel would add up IPv6's counters over all CPUs.
Message GetLinkMessage(Ifindex index) {
  Message message(RTM_GETLINK, 0, Header(index));
  message.PutU32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  return message;
}

// With a queue per CPU, veth costs 832 bytes per CPU and end.
void PutOneQueue(Message& message) { message.PutU32(IFLA_NUM_TX_QUEUES, 1).PutU32(IFLA_NUM_RX_QUEUES, 1); }

}  // namespace

absl::StatusOr<Link> GetLink(Socket& socket, Ifindex index) {
  return QueryLink(socket, GetLinkMessage(index), absl::StrCat("looking for link ", index.value));
}

absl::StatusOr<Link> GetLink(Socket& socket, const std::string& name) {
  Message message = GetLinkMessage({});
  message.PutText(IFLA_IFNAME, name);
  std::string operation = absl::StrCat("looking for link ", name);
  ASSIGN_OR_RETURN(Link link, QueryLink(socket, message, operation));
  if (link.name == name) return link;
  return absl::NotFoundError(absl::StrCat(operation, ": it is another name of ", link.name));
}

absl::Status DumpLinks(Socket& socket, const std::function<void(const Link&)>& handler) {
  return socket.Query(Message(RTM_GETLINK, NLM_F_DUMP, Header({})), "listing links",
                      [&handler](const nlmsghdr* answer) { handler(DecodeLink(answer)); });
}

absl::Status CreateVethPair(Socket& socket, const VethPair& pair) {
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, Header(pair.index));
  message.PutText(IFLA_IFNAME, pair.name).PutU32(IFLA_GROUP, pair.group);
  PutOneQueue(message);
  if (pair.mtu != 0) message.PutU32(IFLA_MTU, pair.mtu);
  if (pair.mac.has_value()) message.PutMac(IFLA_ADDRESS, *pair.mac);
  auto put_peer = [&pair](Message& peer) {
    peer.PutHeader(Header(pair.peer_index)).PutText(IFLA_IFNAME, pair.peer_name);
    peer.PutU32(IFLA_NET_NS_FD, static_cast<uint32_t>(pair.peer_netns_fd));
    PutOneQueue(peer);
    if (pair.mtu != 0) peer.PutU32(IFLA_MTU, pair.mtu);
    if (pair.mac.has_value()) peer.PutMac(IFLA_ADDRESS, *pair.mac);
  };
  message.Nest(IFLA_LINKINFO, [&put_peer](Message& info) {
    info.PutText(IFLA_INFO_KIND, "veth");
    info.Nest(IFLA_INFO_DATA, [&put_peer](Message& data) { data.Nest(VETH_INFO_PEER, put_peer); });
  });
  absl::Status status = socket.Request(message, absl::StrCat("creating veth pair ", pair.name, " and ",
                                                             pair.peer_name, " in the pod's namespace"));
  // An index in use is EBUSY there (absl's FAILED_PRECONDITION) and EEXIST here, as a name in use is.
  if (absl::IsFailedPrecondition(status) ||
      (absl::IsAlreadyExists(status) && GetLink(socket, pair.index).ok())) {
    return absl::AbortedError(status.message());
  }
  return status;
}

absl::Status CreateVxlan(Socket& socket, const std::string& name, const VxlanSettings& settings) {
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, Header({}));
  message.PutText(IFLA_IFNAME, name);
  message.Nest(IFLA_LINKINFO, [&settings](Message& info) {
    info.PutText(IFLA_INFO_KIND, "vxlan");
    info.Nest(IFLA_INFO_DATA, [&settings](Message& data) {
      data.PutU16(IFLA_VXLAN_PORT, htons(settings.port));
      data.PutU8(IFLA_VXLAN_COLLECT_METADATA, settings.collect_metadata);
      data.PutU8(IFLA_VXLAN_LEARNING, settings.learning);
      data.PutU8(IFLA_VXLAN_UDP_ZERO_CSUM6_RX, settings.udp_zero_checksum6_rx);
    });
  });
  return socket.Request(message, absl::StrCat("creating VXLAN device ", name));
}

absl::Status ChangeLink(Socket& socket, Ifindex index, const LinkChange& change) {
  ifinfomsg header = Header(index);
  if (change.up.has_value()) {
    header.ifi_change = IFF_UP;
    header.ifi_flags = *change.up ? IFF_UP : 0;
  }
  Message message(RTM_SETLINK, 0, header);
  if (change.name.has_value()) message.PutText(IFLA_IFNAME, *change.name);
  if (change.alias.has_value()) message.PutText(IFLA_IFALIAS, *change.alias);
  if (change.mac.has_value()) message.PutMac(IFLA_ADDRESS, *change.mac);
  if (change.mtu.has_value()) message.PutU32(IFLA_MTU, *change.mtu);
  if (change.group.has_value()) message.PutU32(IFLA_GROUP, *change.group);
  return socket.Request(message, absl::StrCat("changing link ", index.value));
}

absl::Status RemoveLink(Socket& socket, Ifindex index) {
  return socket.Request(Message(RTM_DELLINK, 0, Header(index)), absl::StrCat("deleting link ", index.value),
                        {ENODEV});
}

absl::Status RemoveGroup(Socket& socket, uint32_t group) {
  Message message(RTM_DELLINK, 0, Header({}));
  message.PutU32(IFLA_GROUP, group);
  return socket.Request(message, absl::StrCat("deleting the links of group ", group), {ENODEV});
}

}  // namespace nsm::netlink
