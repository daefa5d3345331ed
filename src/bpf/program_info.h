// SPDX-License-Identifier: Apache-2.0
// What the kernel tells about a loaded program, whoever loaded it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace nsm::bpf {

struct ProgramInfo {
  std::string name;            // of its function, at most 15 bytes
  std::vector<uint32_t> maps;  // the kernel's numbers of those that it uses

  bool Uses(uint32_t map) const;
};

// By the kernel's number. NOT_FOUND: there is no such program.
absl::StatusOr<ProgramInfo> ReadProgram(uint32_t id);

}  // namespace nsm::bpf
