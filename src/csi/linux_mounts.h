// SPDX-License-Identifier: Apache-2.0
// Mounts of this process's mount namespace. Where a container is to make the node's, its folders are mounted
// "Bidirectional".
#pragma once

#include "src/csi/mounts.h"

namespace nsm::csi {

class LinuxMounts final : public Mounts {
 public:
  absl::Status MountRoom(const std::string& folder) override;
  absl::Status Show(const std::string& folder, const std::string& at, bool read_only) override;
  absl::Status Unmount(const std::string& folder) override;
  absl::StatusOr<bool> IsMounted(const std::string& folder) override;
};

}  // namespace nsm::csi
