// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/client_info.h"

#include <cstdlib>

namespace nsm {

Labels LabelsFromEnvironment() {
  Labels labels;
  auto add = [&labels](const char* variable, const char* label) {
    if (const char* value = std::getenv(variable); value != nullptr && *value != '\0') labels[label] = value;
  };
  add("NODE_NAME", kNodeName);
  add("POD_NAME", kPodName);
  add("CLUSTER_NAME", kClusterName);
  return labels;
}

}  // namespace nsm
