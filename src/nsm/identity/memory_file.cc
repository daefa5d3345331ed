// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/memory_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm {

absl::StatusOr<UniqueFd> MemoryFile::Write(absl::string_view content) {
  UniqueFd fd(::memfd_create("nsm-svid", MFD_CLOEXEC));
  if (fd.get() < 0) return absl::ErrnoToStatus(errno, "making a file in memory");
  while (!content.empty()) {
    const ssize_t written = ::write(fd.get(), content.data(), content.size());
    if (written < 0) return absl::ErrnoToStatus(errno, "writing a file in memory");
    content.remove_prefix(static_cast<size_t>(written));
  }
  return fd;
}

absl::StatusOr<MemoryFile> MemoryFile::Create(absl::string_view content) {
  ASSIGN_OR_RETURN(UniqueFd fd, Write(content));
  return MemoryFile(std::move(fd));
}

absl::Status MemoryFile::Replace(absl::string_view content) {
  ASSIGN_OR_RETURN(const UniqueFd fd, Write(content));
  if (::dup3(fd.get(), fd_.get(), O_CLOEXEC) < 0) {
    return absl::ErrnoToStatus(errno, "replacing a file in memory");
  }
  return absl::OkStatus();
}

std::string MemoryFile::path() const { return absl::StrCat("/proc/self/fd/", fd_.get()); }

}  // namespace nsm
