// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/filter.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/netlink/qdisc.h"

namespace nsm::netlink {
namespace {

constexpr char kKind[] = "bpf";

tcmsg FilterHeader(const FilterPlace& place) {
  tcmsg header{};
  header.tcm_family = AF_UNSPEC;
  header.tcm_ifindex = static_cast<int>(place.index.value);
  header.tcm_handle = place.handle;
  header.tcm_parent =
      TC_H_MAKE(TC_H_CLSACT, place.hook == Hook::kIngress ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);
  header.tcm_info = TC_H_MAKE(FilterPlace::kPriority << 16, htons(ETH_P_ALL));
  return header;
}

}  // namespace

absl::Status PutFilter(Socket& socket, const FilterPlace& place, int program_fd) {
  Message message(RTM_NEWTFILTER, NLM_F_CREATE, FilterHeader(place));
  message.PutText(TCA_KIND, kKind);
  message.Nest(TCA_OPTIONS, [program_fd](Message& options) {
    options.PutU32(TCA_BPF_FD, static_cast<uint32_t>(program_fd));
    options.PutText(TCA_BPF_NAME, "nsm");
    options.PutU32(TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
  });
  return socket.Request(message, absl::StrCat("attaching a filter to link ", place.index.value));
}

absl::Status EnsureFilter(Socket& socket, const FilterPlace& place, int program_fd) {
  absl::Status clsact = EnsureClsact(socket, place.index);
  const bool will_do = absl::IsFailedPrecondition(clsact) && place.hook == Hook::kIngress;
  if (!clsact.ok() && !will_do) return clsact;
  return PutFilter(socket, place, program_fd);
}

absl::Status RemoveFilter(Socket& socket, const FilterPlace& place) {
  Message message(RTM_DELTFILTER, 0, FilterHeader(place));
  message.PutText(TCA_KIND, kKind);
  // EINVAL is what a link without a qdisc for it answers.
  return socket.Request(message, absl::StrCat("detaching the filter of link ", place.index.value),
                        {ENOENT, ENODEV, EINVAL});
}

absl::StatusOr<uint32_t> FindFilter(Socket& socket, const FilterPlace& place) {
  Message message(RTM_GETTFILTER, 0, FilterHeader(place));
  message.PutText(TCA_KIND, kKind);
  uint32_t program = 0;
  RETURN_IF_ERROR(socket.Query(message, absl::StrCat("looking for the filter of link ", place.index.value),
                               [&program](const nlmsghdr* answer) {
                                 const auto* header = static_cast<const tcmsg*>(nlmsg_data(answer));
                                 std::optional<Attributes> options =
                                     Attributes::Behind(answer, header).Nested(TCA_OPTIONS);
                                 if (options.has_value()) program = options->U32(TCA_BPF_ID).value_or(0);
                               },
                               {ENOENT, ENODEV, EINVAL}));
  return program;
}

}  // namespace nsm::netlink
