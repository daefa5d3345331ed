// SPDX-License-Identifier: Apache-2.0
// Services as the annotations of a pod name them.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/client/service_url.h"

namespace nsm::client {

// ns.networkservicemesh.io: SERVICE[@DOMAIN][/INTERFACE][?LABEL=VALUE[&...]][,...]
//
// Space around an entry does not count; labels may be percent-encoded, so that a value can have a comma. An
// interface that is not named is nsm0, nsm1, ... by its place in the list. INVALID_ARGUMENT says which entry
// is wrong, where it is, what is wrong with it, and the form; ALREADY_EXISTS: two entries have the same
// interface.
absl::StatusOr<std::vector<ServiceUrl>> ParseAnnotation(absl::string_view text);

// networkservicemesh.io: kernel://SERVICE[@DOMAIN][/INTERFACE][?LABEL=VALUE[&...]][,...], as NSM v1 has it.
//
// As above, but an interface that is not named is named after its service.
absl::StatusOr<std::vector<ServiceUrl>> ParseUrlAnnotation(absl::string_view text);

}  // namespace nsm::client
