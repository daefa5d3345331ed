// SPDX-License-Identifier: Apache-2.0
// Puts a client into a pod. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "src/client/service_url.h"
#include "src/webhook/client_options.h"

namespace nsm::webhook {

// What is to be changed of an object, and what its author should know.
struct Change {
  Json patch = Json::array();  // RFC 6902
  std::vector<std::string> warnings;
};

// `pod` is a Pod, or a template of one, which has the same members. All that its author wrote stays as it is
// and in its order; ours come first of the init containers and last of the others. A pod that has them needs
// no patch, also where the API server has filled in defaults.
// INVALID_ARGUMENT: it is of the host's network, a name is taken, or something has another type.
absl::StatusOr<Change> InjectClient(const Json& pod, const std::vector<client::ServiceUrl>& services,
                                    const ClientOptions& options);

// Whether the pod has no network of its own.
absl::StatusOr<bool> IsOfHostNetwork(const Json& pod);

}  // namespace nsm::webhook
