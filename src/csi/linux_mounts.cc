// SPDX-License-Identifier: Apache-2.0
#include "src/csi/linux_mounts.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>

#include "absl/strings/str_cat.h"

#ifndef MS_NOSYMFOLLOW  // Linux 5.10; glibc's header of Debian 12 has it not
#define MS_NOSYMFOLLOW 256
#endif

namespace nsm::csi {
namespace {

constexpr unsigned long kHarmless = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOSYMFOLLOW;
// The sticky bit: a pod's user cannot remove the NSMgr's socket.
constexpr char kRoom[] = "size=256k,nr_inodes=256,mode=1777";

}  // namespace

absl::Status LinuxMounts::MountRoom(const std::string& folder) {
  if (::mount("nsm-pod", folder.c_str(), "tmpfs", kHarmless, kRoom) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("mounting a file system at ", folder));
}

absl::Status LinuxMounts::Show(const std::string& folder, const std::string& at, bool read_only) {
  if (::mount(folder.c_str(), at.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("mounting ", folder, " at ", at));
  }
  // A new bind mount takes over what its source has; all but that takes a second call.
  const unsigned long flags = MS_REMOUNT | MS_BIND | kHarmless | (read_only ? MS_RDONLY : 0);
  if (::mount(nullptr, at.c_str(), nullptr, flags, nullptr) == 0) return absl::OkStatus();
  absl::Status failed = absl::ErrnoToStatus(errno, absl::StrCat("mounting ", folder, " read-only at ", at));
  ::umount2(at.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
  return failed;
}

absl::Status LinuxMounts::Unmount(const std::string& folder) {
  while (::umount2(folder.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
  }
  // EINVAL: nothing more is mounted there.
  if (errno == EINVAL || errno == ENOENT) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("unmounting ", folder));
}

absl::StatusOr<bool> LinuxMounts::IsMounted(const std::string& folder) {
  struct statx info = {};
  if (::statx(AT_FDCWD, folder.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &info) != 0) {
    if (errno == ENOENT) return false;
    return absl::ErrnoToStatus(errno, absl::StrCat("looking for a mount at ", folder));
  }
  return (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

}  // namespace nsm::csi
