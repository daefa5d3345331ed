// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/socket.h"

#include <linux/netlink.h>
#include <netlink/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/netlink/error.h"

// Since Linux 5.14; older C libraries do not name it.
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

namespace nsm::netlink {
namespace {

constexpr int kDumpTries = 5;

// The last message of an answer: NLMSG_ERROR, also where there is none, or NLMSG_DONE behind a dump.
struct Ending {
  int error = 0;     // an errno
  std::string text;  // what the kernel says of it, in brackets; may be empty
};

// Where the attributes begin: behind the number, and behind what an error repeats of the request, which is
// all of it or (NLM_F_CAPPED) its header.
size_t LengthBeforeAttributes(const nlmsghdr* answer) {
  if (answer->nlmsg_type == NLMSG_DONE) return NLMSG_ALIGN(sizeof(int));
  const auto* error = static_cast<const nlmsgerr*>(nlmsg_data(answer));
  size_t length = sizeof(*error);
  if ((answer->nlmsg_flags & NLM_F_CAPPED) == 0) length += error->msg.nlmsg_len - sizeof(nlmsghdr);
  return NLMSG_ALIGN(length);
}

Ending DecodeEnding(const nlmsghdr* answer) {
  // Both begin with the number. Old kernels end a dump without one.
  if (nlmsg_datalen(answer) < static_cast<int>(sizeof(int))) return {};
  Ending ending{.error = -*static_cast<const int*>(nlmsg_data(answer)), .text = ""};
  if ((answer->nlmsg_flags & NLM_F_ACK_TLVS) == 0) return ending;
  size_t before = LengthBeforeAttributes(answer);
  int length = nlmsg_datalen(answer) - static_cast<int>(before);
  if (length <= 0) return ending;
  const auto* first = reinterpret_cast<const nlattr*>(static_cast<const char*>(nlmsg_data(answer)) + before);
  const nlattr* text = nla_find(first, length, NLMSGERR_ATTR_MSG);
  if (text != nullptr) ending.text = absl::StrCat(" (", static_cast<const char*>(nla_data(text)), ")");
  return ending;
}

absl::Status ToStatus(const Ending& ending, absl::string_view operation,
                      std::initializer_list<int> accepted) {
  if (ending.error == 0 || std::find(accepted.begin(), accepted.end(), ending.error) != accepted.end()) {
    return absl::OkStatus();
  }
  absl::Status status = absl::ErrnoToStatus(ending.error, operation);
  return absl::Status(status.code(), absl::StrCat(status.message(), ending.text));
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
  RETURN_IF_ERROR(Send(message, operation));
  ASSIGN_OR_RETURN(const nlmsghdr* last, Receive(operation, [](const nlmsghdr*) {}));
  return ToStatus(DecodeEnding(last), operation, accepted);
}

absl::Status Socket::Query(const Message& message, absl::string_view operation, const Handler& handler,
                           std::initializer_list<int> accepted) {
  std::vector<char> answers;
  for (int i = 0; i < kDumpTries; ++i) {
    answers.clear();
    bool interrupted = false;
    RETURN_IF_ERROR(Send(message, operation));
    ASSIGN_OR_RETURN(const nlmsghdr* last, Receive(operation, [&](const nlmsghdr* answer) {
                       interrupted |= (answer->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
                       const char* bytes = reinterpret_cast<const char*>(answer);
                       answers.insert(answers.end(), bytes, bytes + NLMSG_ALIGN(answer->nlmsg_len));
                     }));
    RETURN_IF_ERROR(ToStatus(DecodeEnding(last), operation, accepted));
    if (interrupted || (last->nlmsg_flags & NLM_F_DUMP_INTR) != 0) continue;
    int left = static_cast<int>(answers.size());
    for (auto* answer = reinterpret_cast<nlmsghdr*>(answers.data()); nlmsg_ok(answer, left);
         answer = nlmsg_next(answer, &left)) {
      handler(answer);
    }
    return absl::OkStatus();
  }
  return absl::UnavailableError(absl::StrCat(operation, ": interrupted by a change each time"));
}

absl::Status Socket::Send(const Message& message, absl::string_view operation) {
  // libnl fills in what is zero, and would keep the sequence number of an earlier try.
  nlmsg_hdr(message.get())->nlmsg_seq = 0;
  // Adds sequence number, sender and NLM_F_ACK.
  int sent = nl_send_auto(socket_.get(), message.get());
  if (sent < 0) return FromLibnl(sent, operation);
  sequence_ = nlmsg_hdr(message.get())->nlmsg_seq;
  return absl::OkStatus();
}

absl::StatusOr<const nlmsghdr*> Socket::Receive(absl::string_view operation, const Handler& handler) {
  while (true) {
    ssize_t received = ::recv(nl_socket_get_fd(socket_.get()), buffer_.get(), kBufferSize, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) return absl::ErrnoToStatus(errno, operation);
    int left = static_cast<int>(received);
    for (auto* answer = reinterpret_cast<nlmsghdr*>(buffer_.get()); nlmsg_ok(answer, left);
         answer = nlmsg_next(answer, &left)) {
      // What is left of an earlier exchange that failed half way.
      if (answer->nlmsg_seq != sequence_) continue;
      if (answer->nlmsg_type == NLMSG_ERROR || answer->nlmsg_type == NLMSG_DONE) return answer;
      handler(answer);
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
