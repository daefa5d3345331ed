// SPDX-License-Identifier: Apache-2.0
#include "src/registry/owner.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace nsm::registry {
namespace {

std::string Registrant(const NetworkServiceEndpoint& entry) {
  return entry.path_ids().empty() ? "" : entry.path_ids(0);
}

}  // namespace

absl::Status CheckOwner(const NetworkServiceEndpoint& known, const NetworkServiceEndpoint& entry) {
  std::string owner = Registrant(known);
  if (owner.empty() || owner == Registrant(entry)) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("endpoint ", entry.name(), " is registered by ", owner, ", not by ", Registrant(entry)));
}

}  // namespace nsm::registry
