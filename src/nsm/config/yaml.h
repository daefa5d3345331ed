// SPDX-License-Identifier: Apache-2.0
// The one place that yaml-cpp's exceptions reach.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace nsm {

// INVALID_ARGUMENT for what is not YAML.
inline absl::StatusOr<YAML::Node> LoadYaml(const std::string& text) {
  try {
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("not YAML: ", error.what()));
  }
}

}  // namespace nsm
