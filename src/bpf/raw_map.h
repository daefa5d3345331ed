// SPDX-License-Identifier: Apache-2.0
// Maps as bytes, whatever their structs are: for what another version has pinned.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace nsm::bpf {

struct RawMap {
  uint32_t key_size = 0;
  uint32_t value_size = 0;
  // Value by key. A per-CPU map has one value after the other, each filled up to a multiple of 8 bytes.
  std::map<std::string, std::string> entries;
  bool operator==(const RawMap&) const = default;
};

// NOT_FOUND: there is no such pin.
absl::StatusOr<RawMap> ReadRawMap(const std::string& path);
// Puts the entries into a pinned map. FAILED_PRECONDITION: it has other sizes.
absl::Status WriteRawMap(const std::string& path, const RawMap& map);

// The kernel's number of a pinned map. NOT_FOUND: there is no such pin.
absl::StatusOr<uint32_t> PinnedMapId(const std::string& path);
// Pins a pinned object, map or link, a second time.
absl::Status PinAgain(const std::string& from, const std::string& to);

}  // namespace nsm::bpf
