// SPDX-License-Identifier: Apache-2.0
#include "bench/traffic/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "src/core/socket_address.h"
#include "src/core/status_macros.h"

namespace nsm::bench {
namespace {

constexpr int kOn = 1;
constexpr timeval kAnswerTimeout = {.tv_sec = 5, .tv_usec = 0};

absl::StatusOr<UniqueFd> Open(int type) {
  UniqueFd fd(socket(AF_INET, type | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "opening a socket");
  return fd;
}

absl::Status SendAtOnce(const UniqueFd& fd) {
  if (setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &kOn, sizeof(kOn)) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "setting TCP_NODELAY");
}

}  // namespace

absl::StatusOr<UniqueFd> ServerSocket(int type, uint16_t port) {
  ASSIGN_OR_RETURN(UniqueFd fd, Open(type));
  const SocketAddress address(IpAddress(), port);
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &kOn, sizeof(kOn));
  if (bind(fd.get(), address.get(), address.size()) != 0)
    return absl::ErrnoToStatus(errno, absl::StrCat("binding to port ", port));
  if (type == SOCK_STREAM && listen(fd.get(), 1) != 0)
    return absl::ErrnoToStatus(errno, absl::StrCat("listening at port ", port));
  return fd;
}

absl::StatusOr<UniqueFd> ClientSocket(int type, const IpAddress& server, uint16_t port) {
  ASSIGN_OR_RETURN(UniqueFd fd, Open(type));
  if (type == SOCK_STREAM) RETURN_IF_ERROR(SendAtOnce(fd));
  for (int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    if (setsockopt(fd.get(), SOL_SOCKET, option, &kAnswerTimeout, sizeof(kAnswerTimeout)) != 0)
      return absl::ErrnoToStatus(errno, "setting the timeout of a socket");
  }
  const SocketAddress address(server, port);
  if (connect(fd.get(), address.get(), address.size()) != 0)
    return absl::ErrnoToStatus(errno, absl::StrCat("connecting to ", server.ToString(), ", port ", port));
  return fd;
}

absl::StatusOr<UniqueFd> Accept(const UniqueFd& listener) {
  UniqueFd fd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "accepting a connection");
  RETURN_IF_ERROR(SendAtOnce(fd));
  return fd;
}

}  // namespace nsm::bench
