// SPDX-License-Identifier: Apache-2.0
// Programs at tcx ingress (Linux 6.6), which runs before every clsact filter. The link is pinned: it outlives
// this process. Works on devices of the calling thread's namespace.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/core/ids.h"
#include "src/core/unique_fd.h"

namespace nsm::bpf {

// Whether this kernel has tcx.
bool HasTcx(Ifindex any_link);

class TcxLink {
 public:
  // In front of everything that is attached now. The kernel takes a program only once per device.
  static absl::StatusOr<TcxLink> AttachFirst(Ifindex index, int program_fd);
  // NOT_FOUND: there is no such pin.
  static absl::StatusOr<TcxLink> OpenPinned(const std::string& path);

  // The device it is attached to; 0 once that is gone or somebody detached it.
  absl::StatusOr<Ifindex> Device() const;
  // The kernel's number of the program.
  absl::StatusOr<uint32_t> Program() const;
  // Replaces the program atomically.
  absl::Status Update(int program_fd) const;
  // At once; a link that is only let go is detached some time later.
  absl::Status Detach() const;
  // Under a path where nothing is pinned.
  absl::Status Pin(const std::string& path) const;

 private:
  explicit TcxLink(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

// The kernel's numbers of the programs at tcx ingress of a device, in the order in which they run.
absl::StatusOr<std::vector<uint32_t>> QueryTcx(Ifindex index);

}  // namespace nsm::bpf
