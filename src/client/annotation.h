// SPDX-License-Identifier: Apache-2.0
// Services as the annotation ns.networkservicemesh.io names them:
// SERVICE[@DOMAIN][/INTERFACE][?LABEL=VALUE[&...]][,...]
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/client/service_url.h"

namespace nsm::client {

// Space around an entry does not count; labels may be percent-encoded, so that a value can have a comma. An
// interface that is not named is nsm0, nsm1, ... by its place in the list. INVALID_ARGUMENT names the entry,
// and what is wrong with it; ALREADY_EXISTS: two entries have the same interface.
absl::StatusOr<std::vector<ServiceUrl>> ParseAnnotation(absl::string_view text);

}  // namespace nsm::client
