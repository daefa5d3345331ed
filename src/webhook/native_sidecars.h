// SPDX-License-Identifier: Apache-2.0
// Whether a cluster has sidecars that start before a pod's own containers and end after them.
#pragma once

#include "absl/status/statusor.h"
#include "src/webhook/json_edit.h"

namespace nsm::webhook {

// By what an API server says at /version: from Kubernetes 1.29 on (feature gate SidecarContainers).
// INVALID_ARGUMENT: it does not say which it is.
absl::StatusOr<bool> HasNativeSidecars(const Json& version);

}  // namespace nsm::webhook
