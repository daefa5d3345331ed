// SPDX-License-Identifier: Apache-2.0
// The file by which kubectl and others know clusters (Kubernetes, "kubeconfig (v1)").
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "src/kubernetes/access.h"

namespace nsm::kubernetes {

// A kubeconfig's current context. Files that it names are relative to `folder`. INVALID_ARGUMENT where it is
// malformed; UNIMPLEMENTED, naming the entry, where the user logs in by a way that is not known here.
absl::StatusOr<Access> ParseKubeconfig(const std::string& text, const std::string& folder);

}  // namespace nsm::kubernetes
