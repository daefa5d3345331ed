// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/local_forwarders.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/core/url.h"

namespace nsm::nsmgr {
namespace {

bool HasForwarderService(const NetworkServiceEndpoint& entry) {
  const auto& names = entry.network_service_names();
  return std::find(names.begin(), names.end(), kForwarderService) != names.end();
}

}  // namespace

absl::StatusOr<NetworkServiceEndpoint> LocalForwarders::Register(Context& context, Entry entry,
                                                                 RegistryNext<EndpointKind> next) {
  if (!HasForwarderService(entry)) return next.Register(context, std::move(entry));
  if (entry.name().empty()) return absl::InvalidArgumentError("a forwarder needs a name");
  if (!context.caller.is_local) {
    return absl::PermissionDeniedError(
        absl::StrCat("forwarder ", entry.name(), ": forwarders register over a unix socket only"));
  }
  auto url = Url::Parse(entry.url());
  if (!url.ok() || !url->is_unix()) {
    return absl::InvalidArgumentError(absl::StrCat("forwarder ", entry.name(), ": its URL is \"", entry.url(),
                                                   "\", expected unix:///PATH"));
  }
  RETURN_IF_ERROR(store_.Put(entry).status());
  return entry;
}

absl::Status LocalForwarders::Unregister(Context& context, Entry entry, RegistryNext<EndpointKind> next) {
  if (!IsForwarder(entry)) return next.Unregister(context, std::move(entry));
  if (context.is_called && !context.caller.is_local) {
    return absl::PermissionDeniedError(
        absl::StrCat("forwarder ", entry.name(), ": forwarders unregister over a unix socket only"));
  }
  return store_.Remove(entry.name());
}

std::shared_ptr<FindCall> LocalForwarders::Find(const Context& context,
                                                ::registry::NetworkServiceEndpointQuery query,
                                                std::shared_ptr<FindSink<EndpointKind>> sink,
                                                RegistryNext<EndpointKind> next) {
  if (IsForwarder(query.network_service_endpoint())) return store_.Find(std::move(query), std::move(sink));
  return next.Find(context, std::move(query), std::move(sink));
}

bool LocalForwarders::IsForwarder(const Entry& entry) const {
  if (HasForwarderService(entry)) return true;
  auto known = store_.Get(entry.name());
  return known.ok() && known->has_value();
}

}  // namespace nsm::nsmgr
