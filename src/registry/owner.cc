// SPDX-License-Identifier: Apache-2.0
#include "src/registry/owner.h"

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm::registry {
namespace {

std::string Registrant(const NetworkServiceEndpoint& entry) {
  return entry.path_ids().empty() ? "" : entry.path_ids(0);
}

}  // namespace

absl::StatusOr<NetworkServiceEndpoint> Owner::Register(Context& context, Entry entry,
                                                       RegistryNext<EndpointKind> next) {
  RETURN_IF_ERROR(Check(entry));
  return next.Register(context, std::move(entry));
}

absl::Status Owner::Unregister(Context& context, Entry entry, RegistryNext<EndpointKind> next) {
  if (!context.caller.is_operator) RETURN_IF_ERROR(Check(entry));
  return next.Unregister(context, std::move(entry));
}

absl::Status Owner::Check(const Entry& entry) const {
  ASSIGN_OR_RETURN(auto known, store_.Get(entry.name()));
  if (!known) return absl::OkStatus();
  std::string owner = Registrant(known->entry);
  if (owner.empty() || owner == Registrant(entry)) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("endpoint ", entry.name(), " is registered by ", owner, ", not by ", Registrant(entry)));
}

}  // namespace nsm::registry
