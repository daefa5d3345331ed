// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/sysctl.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "src/core/unique_fd.h"

namespace nsm::netlink {

absl::Status EnsureSysctl(const std::string& name, const std::string& value) {
  std::string path = absl::StrCat("/proc/sys/", name);
  UniqueFd reader(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!reader.valid() && errno == ENOENT) return absl::OkStatus();
  char text[128];
  ssize_t length = reader.valid() ? ::read(reader.get(), text, sizeof(text)) : -1;
  std::string present(text, std::max<ssize_t>(length, 0));
  std::replace(present.begin(), present.end(), '\t', ' ');
  absl::StripTrailingAsciiWhitespace(&present);
  if (present == value) return absl::OkStatus();
  UniqueFd writer(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!writer.valid() || ::write(writer.get(), value.data(), value.size()) < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("setting ", path, " to \"", value, "\""));
  }
  return absl::OkStatus();
}

}  // namespace nsm::netlink
