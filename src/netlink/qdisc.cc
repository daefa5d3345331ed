// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/qdisc.h"

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm::netlink {

namespace {

// Both kinds are in the same place, so that a link has one of them.
tcmsg HeaderOfPlace(Ifindex index) {
  tcmsg header{};
  header.tcm_family = AF_UNSPEC;
  header.tcm_ifindex = static_cast<int>(index.value);
  header.tcm_handle = TC_H_MAKE(TC_H_INGRESS, 0);
  header.tcm_parent = TC_H_INGRESS;
  return header;
}

absl::Status Add(Socket& socket, Ifindex index, const char* kind) {
  Message message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, HeaderOfPlace(index));
  message.PutText(TCA_KIND, kind);
  return socket.Request(message, absl::StrCat("adding qdisc ", kind, " to link ", index.value));
}

absl::StatusOr<std::string> FindKind(Socket& socket, Ifindex index) {
  std::string kind;
  // Kernels answer this question as they announce a change: to who asked for the echo.
  RETURN_IF_ERROR(socket.Query(Message(RTM_GETQDISC, NLM_F_ECHO, HeaderOfPlace(index)),
                               absl::StrCat("looking for the qdisc of link ", index.value),
                               [&kind](const nlmsghdr* answer) {
                                 const auto* header = static_cast<const tcmsg*>(nlmsg_data(answer));
                                 kind = Attributes::Behind(answer, header).Text(TCA_KIND);
                               }));
  return kind;
}

}  // namespace

absl::Status EnsureIngressQdisc(Socket& socket, Ifindex index) {
  absl::Status added = Add(socket, index, "ingress");
  return absl::IsAlreadyExists(added) ? absl::OkStatus() : added;
}

absl::Status EnsureClsact(Socket& socket, Ifindex index) {
  absl::Status added = Add(socket, index, "clsact");
  if (!absl::IsAlreadyExists(added)) return added;
  ASSIGN_OR_RETURN(const std::string kind, FindKind(socket, index));
  if (kind == "clsact") return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("link ", index.value, " has qdisc ", kind,
                                                    ", which has no place for filters of what leaves: remove "
                                                    "it (tc qdisc del dev NAME ingress)"));
}

}  // namespace nsm::netlink
