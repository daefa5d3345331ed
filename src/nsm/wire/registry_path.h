// SPDX-License-Identifier: Apache-2.0
// The path of a registration: the tokens of the hops that it went through, newest last.
//
// It travels as JSON in the metadata "path" of Register and Unregister, there and back (NSM v1,
// "grpcmetadata"). Expiries and names are not part of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace nsm {

struct RegistryPath {
  // "" is the empty path; INVALID_ARGUMENT for what is not a path.
  static absl::StatusOr<RegistryPath> FromJson(absl::string_view json);
  std::string ToJson() const;

  uint32_t index = 0;               // of the hop whose view this is
  std::vector<std::string> tokens;  // JWTs, one a hop
  bool operator==(const RegistryPath&) const = default;
};

// The one behind us, as it stands in an answer; "" where there is none.
std::string TokenOfNextHop(const RegistryPath& path);

// Turns the caller's view into ours: its token is put or renewed, ours is put behind it and becomes current.
absl::Status EnterRegistryHop(const std::string& caller_token, const std::string& own_token,
                              RegistryPath& path);

}  // namespace nsm
