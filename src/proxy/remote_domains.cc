// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/remote_domains.h"

#include "absl/time/clock.h"
#include "src/nsm/registry/registry_own_domain.h"
#include "src/nsm/request/connect.h"
#include "src/nsm/rpc/deadline.h"

namespace nsm::proxy {

template <typename Kind>
std::shared_ptr<FindCall> RemoteDomains<Kind>::Find(const Context& context, typename Kind::Query query,
                                                    std::shared_ptr<FindSink<Kind>> sink,
                                                    RegistryNext<Kind> next) {
  std::optional<std::string> domain = DomainOf(Kind::GetEntry(query));
  if (!domain) return next.Find(context, std::move(query), std::move(sink));
  StripDomain(*domain, *Kind::MutableEntry(query));
  absl::Time deadline = DeadlineForNextHop(context.deadline, absl::Now());
  return StartRemoteFind<Kind>(parts_, *std::move(domain), deadline, std::move(query), std::move(sink));
}

template class RemoteDomains<ServiceKind>;
template class RemoteDomains<EndpointKind>;

}  // namespace nsm::proxy
