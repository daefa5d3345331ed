// SPDX-License-Identifier: Apache-2.0
// A file in memory alone whose content changes at once: gRPC takes a server's key from files, and a key has
// no place on a disk.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/core/unique_fd.h"

namespace nsm {

class MemoryFile {
 public:
  static absl::StatusOr<MemoryFile> Create(absl::string_view content);
  // Whoever opens the path from now on reads the new content, all of it. Not thread safe.
  absl::Status Replace(absl::string_view content);
  // For this process alone, and as long as this lives.
  std::string path() const;

 private:
  explicit MemoryFile(UniqueFd fd) : fd_(std::move(fd)) {}
  static absl::StatusOr<UniqueFd> Write(absl::string_view content);

  UniqueFd fd_;
};

}  // namespace nsm
