// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/registry_update_path.h"

#include "src/core/status_macros.h"
#include "src/nsm/wire/token_claims.h"

namespace nsm {
namespace {

template <typename Entry>
void SetPathId(uint32_t index, const std::string& token, Entry& entry) {
  while (entry.path_ids_size() <= static_cast<int>(index)) entry.add_path_ids();
  if (std::optional<std::string> subject = TokenSubject(token))
    entry.set_path_ids(index, *std::move(subject));
}

}  // namespace

template <typename Kind>
absl::StatusOr<typename Kind::Entry> RegistryUpdatePath<Kind>::Register(Context& context, Entry entry,
                                                                        RegistryNext<Kind> next) {
  RETURN_IF_ERROR(Enter(context, entry));
  uint32_t caller_index = context.registry_path.index - 1;
  ASSIGN_OR_RETURN(Entry registered, next.Register(context, std::move(entry)));
  context.registry_path.index = caller_index;
  return registered;
}

template <typename Kind>
absl::Status RegistryUpdatePath<Kind>::Unregister(Context& context, Entry entry, RegistryNext<Kind> next) {
  RETURN_IF_ERROR(Enter(context, entry));
  uint32_t caller_index = context.registry_path.index - 1;
  RETURN_IF_ERROR(next.Unregister(context, std::move(entry)));
  context.registry_path.index = caller_index;
  return absl::OkStatus();
}

template <typename Kind>
absl::Status RegistryUpdatePath<Kind>::Enter(Context& context, Entry& entry) const {
  ASSIGN_OR_RETURN(const Token own, identity_.Make(context.caller.peer.id));
  RegistryPath& path = context.registry_path;
  RETURN_IF_ERROR(EnterRegistryHop(context.caller.token, own.text, path));
  SetPathId(path.index - 1, context.caller.token, entry);
  SetPathId(path.index, own.text, entry);
  return absl::OkStatus();
}

template class RegistryUpdatePath<ServiceKind>;
template class RegistryUpdatePath<EndpointKind>;

}  // namespace nsm
