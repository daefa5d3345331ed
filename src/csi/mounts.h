// SPDX-License-Identifier: Apache-2.0
// What the driver wants of a node's mounts.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace nsm::csi {

class Mounts {
 public:
  virtual ~Mounts() = default;
  // Mounts an empty file system in memory at a folder, a small one: what a pod has there are sockets. Every
  // user may make files there, and remove its own. Nothing there is a device or a program, and no link there
  // is followed, by whomever: NSMgr and forwarder open what a pod has put there.
  virtual absl::Status MountRoom(const std::string& folder) = 0;
  // Shows the room at `folder` at another folder, too.
  virtual absl::Status Show(const std::string& folder, const std::string& at, bool read_only) = 0;
  // Takes away all that is mounted at a folder, though it be in use. OK where nothing is, or no folder.
  virtual absl::Status Unmount(const std::string& folder) = 0;
  // Whether something is mounted there; not where there is no folder.
  virtual absl::StatusOr<bool> IsMounted(const std::string& folder) = 0;
};

}  // namespace nsm::csi
