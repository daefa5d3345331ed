// SPDX-License-Identifier: Apache-2.0
#include "src/registry/keep_endpoint.h"

#include "src/core/status_macros.h"
#include "src/nsm/wire/time.h"
#include "src/registry/owner.h"

namespace nsm::registry {

absl::StatusOr<NetworkServiceEndpoint> KeepEndpoint::Register(Context& context, Entry entry,
                                                              RegistryNext<EndpointKind>) {
  const bool says_when = entry.has_initial_registration_time();
  const google::protobuf::Timestamp said = entry.initial_registration_time();
  auto decide = [&](const Entry* known) -> absl::StatusOr<std::optional<Entry>> {
    if (known != nullptr) RETURN_IF_ERROR(CheckOwner(*known, entry));
    const bool is_known = known != nullptr && known->has_initial_registration_time();
    *entry.mutable_initial_registration_time() = is_known    ? known->initial_registration_time()
                                                 : says_when ? said
                                                             : ToTimestamp(clock_.Now());
    return entry;
  };
  RETURN_IF_ERROR(store_.Change(entry.name(), decide, context.deadline).status());
  return entry;
}

absl::Status KeepEndpoint::Unregister(Context& context, Entry entry, RegistryNext<EndpointKind>) {
  auto decide = [&](const Entry* known) -> absl::StatusOr<std::optional<Entry>> {
    if (known != nullptr && !context.caller.is_operator) RETURN_IF_ERROR(CheckOwner(*known, entry));
    return std::nullopt;
  };
  return store_.Change(entry.name(), decide, context.deadline).status();
}

std::shared_ptr<FindCall> KeepEndpoint::Find(const Context&, EndpointKind::Query query,
                                             std::shared_ptr<FindSink<EndpointKind>> sink,
                                             RegistryNext<EndpointKind>) {
  return store_.Find(std::move(query), std::move(sink));
}

}  // namespace nsm::registry
