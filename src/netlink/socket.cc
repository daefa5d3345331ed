// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/socket.h"

#include <linux/netlink.h>
#include <netlink/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/netlink/error.h"

// Since Linux 5.14; older C libraries do not name it.
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

namespace nsm::netlink {
namespace {

// The text that the kernel added to its answer, with a separator in front, or nothing.
std::string ExtendedText(const nlmsghdr* answer) {
  if ((answer->nlmsg_flags & NLM_F_ACK_TLVS) == 0) return "";
  const auto* error = static_cast<const nlmsgerr*>(nlmsg_data(answer));
  // With NLM_F_CAPPED only the header of our request comes back, otherwise all of it.
  size_t echoed = sizeof(*error);
  if ((answer->nlmsg_flags & NLM_F_CAPPED) == 0) echoed += error->msg.nlmsg_len - sizeof(nlmsghdr);
  echoed = NLMSG_ALIGN(echoed);
  int length = static_cast<int>(answer->nlmsg_len) - static_cast<int>(NLMSG_HDRLEN + echoed);
  if (length <= 0) return "";
  const auto* first = reinterpret_cast<const nlattr*>(reinterpret_cast<const char*>(error) + echoed);
  const nlattr* text = nla_find(first, length, NLMSGERR_ATTR_MSG);
  return text == nullptr ? "" : absl::StrCat(" (", static_cast<const char*>(nla_data(text)), ")");
}

absl::Status FromAnswer(const nlmsghdr* answer, absl::string_view operation,
                        std::initializer_list<int> accepted) {
  const auto* error = static_cast<const nlmsgerr*>(nlmsg_data(answer));
  int number = -error->error;
  if (number == 0 || std::find(accepted.begin(), accepted.end(), number) != accepted.end()) {
    return absl::OkStatus();
  }
  absl::Status status = absl::ErrnoToStatus(number, operation);
  return absl::Status(status.code(), absl::StrCat(status.message(), ExtendedText(answer)));
}

}  // namespace

absl::StatusOr<Socket> Socket::Open() {
  Socket socket(nl_socket_alloc());
  if (socket.socket_ == nullptr) return absl::ResourceExhaustedError("allocating a netlink socket");
  RETURN_IF_ERROR(FromLibnl(nl_connect(socket.socket_.get(), NETLINK_ROUTE), "connecting a netlink socket"));
  int fd = nl_socket_get_fd(socket.socket_.get());
  int on = 1;
  // Better texts and smaller answers; kernels that lack them answer without.
  ::setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
  ::setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
  ::setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
  return socket;
}

absl::Status Socket::Request(const Message& message, absl::string_view operation,
                             std::initializer_list<int> accepted) {
  return Exchange(message, operation, accepted, nullptr);
}

absl::Status Socket::Query(const Message& message, absl::string_view operation, const Handler& handler) {
  return Exchange(message, operation, {}, &handler);
}

absl::Status Socket::Exchange(const Message& message, absl::string_view operation,
                              std::initializer_list<int> accepted, const Handler* handler) {
  // Adds sequence number, sender and NLM_F_ACK.
  int sent = nl_send_auto(socket_.get(), message.get());
  if (sent < 0) return FromLibnl(sent, operation);
  uint32_t sequence = nlmsg_hdr(message.get())->nlmsg_seq;
  bool interrupted = false;
  while (true) {
    ssize_t received = ::recv(nl_socket_get_fd(socket_.get()), buffer_.get(), kBufferSize, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) return absl::ErrnoToStatus(errno, operation);
    int left = static_cast<int>(received);
    for (auto* answer = reinterpret_cast<nlmsghdr*>(buffer_.get()); nlmsg_ok(answer, left);
         answer = nlmsg_next(answer, &left)) {
      // What is left of an earlier exchange that failed half way.
      if (answer->nlmsg_seq != sequence) continue;
      interrupted |= (answer->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
      if (answer->nlmsg_type == NLMSG_ERROR) return FromAnswer(answer, operation, accepted);
      if (answer->nlmsg_type == NLMSG_DONE) {
        if (interrupted) return absl::UnavailableError(absl::StrCat(operation, ": interrupted by a change"));
        return absl::OkStatus();
      }
      if (handler != nullptr) (*handler)(answer);
    }
  }
}

absl::StatusOr<NetnsCookie> Socket::Cookie() const {
  NetnsCookie cookie;
  socklen_t size = sizeof(cookie.value);
  if (::getsockopt(nl_socket_get_fd(socket_.get()), SOL_SOCKET, SO_NETNS_COOKIE, &cookie.value, &size) != 0) {
    return absl::ErrnoToStatus(errno, "reading a namespace's cookie");
  }
  return cookie;
}

}  // namespace nsm::netlink
