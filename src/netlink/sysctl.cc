// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/sysctl.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "src/core/unique_fd.h"

namespace nsm::netlink {
namespace {

constexpr char kFolder[] = "/proc/sys";

std::string PathOf(const std::string& name) { return absl::StrCat(kFolder, "/", name); }

}  // namespace

std::optional<std::string> ReadSysctl(const std::string& name) {
  UniqueFd reader(::open(PathOf(name).c_str(), O_RDONLY | O_CLOEXEC));
  char text[128];
  ssize_t length = reader.valid() ? ::read(reader.get(), text, sizeof(text)) : -1;
  if (length < 0) return std::nullopt;
  std::string value(text, length);
  std::replace(value.begin(), value.end(), '\t', ' ');
  absl::StripTrailingAsciiWhitespace(&value);
  return value;
}

absl::Status EnsureSysctl(const std::string& name, const std::string& value) {
  if (ReadSysctl(name) == value) return absl::OkStatus();
  const std::string path = PathOf(name);
  UniqueFd writer(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!writer.valid() && errno == ENOENT) return absl::OkStatus();
  if (!writer.valid() || ::write(writer.get(), value.data(), value.size()) < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("setting ", path, " to \"", value, "\""));
  }
  return absl::OkStatus();
}

absl::Status EnsureSysctlsWritable() {
  struct statvfs mounted;
  if (::statvfs(kFolder, &mounted) != 0 || (mounted.f_flag & ST_RDONLY) == 0) return absl::OkStatus();
  // Flags that are not given again go.
  const unsigned long others = mounted.f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC);
  if (::mount(nullptr, kFolder, nullptr, MS_REMOUNT | MS_BIND | others, nullptr) == 0)
    return absl::OkStatus();
  return absl::ErrnoToStatus(errno,
                             absl::StrCat("making ", kFolder, " writable, which is mounted read-only"));
}

}  // namespace nsm::netlink
