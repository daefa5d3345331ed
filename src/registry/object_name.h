// SPDX-License-Identifier: Apache-2.0
// What the Kubernetes object of a registry entry is called.
//
// Kubernetes takes DNS subdomain names only (RFC 1123; Kubernetes, "Object Names and IDs"): at most 253 bytes
// of lower case letters, digits, '-' and '.', each part between dots beginning and ending with a letter or
// digit. An entry whose name is one is called so, as upstream's registries call it. Any other is called by
// what is left of its name, for people, and ".x-" and 32 digits that stand for all of it. So is a name that
// already looks like that, so that no two entries ask for the same object. The entry's own name is always in
// the object's spec.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace nsm::registry {

std::string ObjectName(absl::string_view name);

}  // namespace nsm::registry
