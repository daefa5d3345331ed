// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/qdisc.h"

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "absl/strings/str_cat.h"

namespace nsm::netlink {

absl::Status EnsureIngressQdisc(Socket& socket, Ifindex index) {
  tcmsg header{};
  header.tcm_family = AF_UNSPEC;
  header.tcm_ifindex = static_cast<int>(index.value);
  header.tcm_handle = TC_H_MAKE(TC_H_INGRESS, 0);
  header.tcm_parent = TC_H_INGRESS;
  Message message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, header);
  message.PutText(TCA_KIND, "ingress");
  return socket.Request(message, absl::StrCat("adding an ingress qdisc to link ", index.value), {EEXIST});
}

}  // namespace nsm::netlink
