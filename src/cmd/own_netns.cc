// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/own_netns.h"

#include <sys/stat.h>

#include <cerrno>

namespace nsm::cmd {

absl::StatusOr<NetnsInode> OwnNetns() {
  struct stat info = {};
  if (::stat("/proc/self/ns/net", &info) != 0) {
    return absl::ErrnoToStatus(errno, "looking at /proc/self/ns/net");
  }
  return NetnsInode{.device = info.st_dev, .inode = info.st_ino};
}

}  // namespace nsm::cmd
