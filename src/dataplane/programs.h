// SPDX-License-Identifier: Apache-2.0
// The loaded programs, sharing the pinned maps.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "src/core/unique_fd.h"

namespace nsm::dataplane {

// A loaded program; attached, it lives on without this object.
struct Program {
  UniqueFd fd;
  uint32_t id = 0;  // the kernel's number
};

// Each loads a program of its own, with the maps pinned below `folder`, which are made if they are missing.
// FAILED_PRECONDITION: the maps there have another shape.
absl::StatusOr<Program> LoadHostGuard(const std::string& folder);
absl::StatusOr<Program> LoadPodGuard(const std::string& folder);
absl::StatusOr<Program> LoadArrivalGuard(const std::string& folder);
absl::StatusOr<Program> LoadVxlanIngress(const std::string& folder);
absl::StatusOr<Program> LoadUnderlayGuard(const std::string& folder, uint16_t vxlan_port);

}  // namespace nsm::dataplane
