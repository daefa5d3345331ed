// SPDX-License-Identifier: Apache-2.0
// Mounts in memory.
#pragma once

#include <map>
#include <set>
#include <string>

#include "src/csi/mounts.h"

namespace nsm::csi {

class FakeMounts final : public Mounts {
 public:
  struct Shown {
    std::string room;
    bool read_only = false;
    bool operator==(const Shown&) const = default;
  };
  absl::Status MountRoom(const std::string& folder) override {
    if (!rooms.insert(folder).second) return absl::InternalError("a second room at " + folder);
    return absl::OkStatus();
  }
  absl::Status Show(const std::string& folder, const std::string& at, bool read_only) override {
    if (!show.ok()) return show;
    if (!rooms.contains(folder)) return absl::InternalError("no room at " + folder);
    if (!shown.emplace(at, Shown{folder, read_only}).second) return absl::InternalError("twice at " + at);
    return absl::OkStatus();
  }
  absl::Status Unmount(const std::string& folder) override {
    rooms.erase(folder);
    shown.erase(folder);
    return absl::OkStatus();
  }
  absl::StatusOr<bool> IsMounted(const std::string& folder) override {
    return rooms.contains(folder) || shown.contains(folder);
  }

  std::set<std::string> rooms;
  std::map<std::string, Shown> shown;  // by where
  absl::Status show;                   // what Show answers
};

}  // namespace nsm::csi
