// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/keep_service.h"

#include "src/core/status_macros.h"

namespace nsm {

absl::StatusOr<NetworkService> KeepService::Register(Context& context, Entry entry,
                                                     RegistryNext<ServiceKind>) {
  const bool says_all = !entry.matches().empty() || context.caller.is_operator;
  Entry kept;
  auto decide = [&](const Entry* known) -> absl::StatusOr<std::optional<Entry>> {
    kept = known != nullptr && !known->matches().empty() && !says_all ? *known : entry;
    return kept;
  };
  RETURN_IF_ERROR(store_.Change(entry.name(), decide, context.deadline).status());
  return kept;
}

absl::Status KeepService::Unregister(Context& context, Entry entry, RegistryNext<ServiceKind>) {
  return store_.Remove(entry.name(), context.deadline);
}

std::shared_ptr<FindCall> KeepService::Find(const Context&, ServiceKind::Query query,
                                            std::shared_ptr<FindSink<ServiceKind>> sink,
                                            RegistryNext<ServiceKind>) {
  return store_.Find(std::move(query), std::move(sink));
}

}  // namespace nsm
