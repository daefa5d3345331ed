// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/xfrm.h"

#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "src/core/unique_fd.h"
#include "src/netlink/message.h"

namespace nsm::netlink {
namespace {

// What both the question and the answer begin with.
struct Flags {
  uint32_t value = 0;
};

}  // namespace

absl::StatusOr<bool> HasXfrmPolicies() {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_XFRM));
  // Built without it, there are none.
  if (!fd.valid() && errno == EPROTONOSUPPORT) return false;
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "opening a netlink socket for IPsec");
  // It answers as it takes the question, or not at all.
  const timeval at_most{.tv_sec = 1, .tv_usec = 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &at_most, sizeof(at_most));
  Message question(XFRM_MSG_GETSPDINFO, NLM_F_REQUEST, Flags{});
  const nlmsghdr* request = nlmsg_hdr(question.get());
  if (::send(fd.get(), request, request->nlmsg_len, 0) < 0) {
    return absl::ErrnoToStatus(errno, "asking for IPsec policies");
  }
  alignas(nlmsghdr) std::array<char, 4096> buffer;
  const ssize_t received = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
  if (received < 0) return absl::ErrnoToStatus(errno, "asking for IPsec policies");
  const auto* answer = reinterpret_cast<const nlmsghdr*>(buffer.data());
  if (nlmsg_ok(answer, static_cast<int>(received)) && answer->nlmsg_type == XFRM_MSG_NEWSPDINFO) {
    const auto* header = static_cast<const Flags*>(nlmsg_data(answer));
    const nlattr* found = Attributes::Behind(answer, header).Find(XFRMA_SPD_INFO);
    xfrmu_spdinfo info{};
    if (found != nullptr && nla_len(found) >= static_cast<int>(sizeof(info))) {
      std::memcpy(&info, nla_data(found), sizeof(info));
      return info.incnt != 0 || info.outcnt != 0;
    }
  }
  return absl::InternalError("the kernel does not say how many IPsec policies there are");
}

}  // namespace nsm::netlink
