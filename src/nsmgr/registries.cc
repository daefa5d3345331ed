// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/registries.h"

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/nsm/registry/find_all.h"
#include "src/nsm/registry/grpc_registry.h"
#include "src/nsm/registry/keep_service.h"
#include "src/nsm/registry/refuse_foreign_socket.h"
#include "src/nsm/registry/registry_authorize.h"
#include "src/nsm/registry/registry_expire.h"
#include "src/nsm/registry/registry_own_domain.h"
#include "src/nsm/registry/registry_update_path.h"

namespace nsm::nsmgr {
namespace {

// `Keep`: the last element, where this node is a domain of its own.
template <typename Keep, typename Kind>
void AddDomainRegistry(const Registries::Options& options, const Registries::Parts& parts, Store<Kind>& own,
                       RegistryChain<Kind>& chain) {
  if (options.registry) {
    chain.template Add<GrpcRegistry<Kind>>(parts.channels, *options.registry);
  } else {
    chain.template Add<Keep>(own);
  }
}

}  // namespace

Registries::Registries(const Options& options, const Parts& parts) {
  services_.Add<RegistryUpdatePath<ServiceKind>>(parts.identity);
  services_.Add<RegistryAuthorize<ServiceKind>>(parts.identity, parts.policies, parts.clock);
  services_.Add<RegistryOwnDomain<ServiceKind>>(parts.own_domains);
  known_services_ = &services_.Add<FindCache<ServiceKind>>(parts.clock, parts.timers);
  AddDomainRegistry<KeepService>(options, parts, own_services_, services_);

  endpoints_.Add<RegistryUpdatePath<EndpointKind>>(parts.identity);
  endpoints_.Add<RegistryAuthorize<EndpointKind>>(parts.identity, parts.policies, parts.clock);
  endpoints_.Add<RegistryOwnDomain<EndpointKind>>(parts.own_domains);
  endpoints_.Add<RefuseForeignSocket>();
  pods_ = &endpoints_.Add<PodEndpoints>(options.labels);
  endpoints_.Add<RegistryExpire>(parts.clock, parts.expiries, options.endpoint_life);
  forwarders_ = &endpoints_.Add<LocalForwarders>();
  bypass_ = &endpoints_.Add<LocalBypass>(options.published);
  AddDomainRegistry<StoreRegistry<EndpointKind>>(options, parts, own_endpoints_, endpoints_);
}

absl::StatusOr<NetworkService> Registries::FindService(const Context& context,
                                                       const std::string& name) const {
  NetworkService wanted;
  wanted.set_name(name);
  ASSIGN_OR_RETURN(std::vector<NetworkService> found, FindAll(services_.Begin(), context, wanted));
  for (NetworkService& service : found) {
    if (service.name() == name) return std::move(service);
  }
  return absl::NotFoundError(absl::StrCat("network service ", name, " is not registered"));
}

}  // namespace nsm::nsmgr
