// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/exclude_prefixes.h"

#include <algorithm>

namespace nsm::nsmgr {

absl::StatusOr<Connection> ExcludePrefixes::Request(Context& context, NetworkServiceRequest request,
                                                    Next next) {
  if (!context.caller.is_local) return next.Request(context, std::move(request));
  auto& ip = *request.mutable_connection()->mutable_context()->mutable_ip_context();
  auto& listed = *ip.mutable_excluded_prefixes();
  for (const IpPrefix& prefix : excluded_.Get()) {
    std::string text = prefix.ToString();
    if (std::find(listed.begin(), listed.end(), text) == listed.end()) listed.Add(std::move(text));
  }
  return next.Request(context, std::move(request));
}

}  // namespace nsm::nsmgr
