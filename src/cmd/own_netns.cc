// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/own_netns.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>

#include "src/core/unique_fd.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

namespace nsm::cmd {

absl::StatusOr<NetnsInode> OwnNetns() {
  struct stat info = {};
  if (::stat("/proc/self/ns/net", &info) != 0) {
    return absl::ErrnoToStatus(errno, "looking at /proc/self/ns/net");
  }
  return NetnsInode{.device = info.st_dev, .inode = info.st_ino};
}

NetnsCookie OwnNetnsCookie() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  NetnsCookie cookie;
  socklen_t size = sizeof cookie.value;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie.value, &size) != 0) return {};
  return cookie;
}

}  // namespace nsm::cmd
