// SPDX-License-Identifier: Apache-2.0
#include "src/registry/registry.h"

#include "src/nsm/registry/grpc_registry.h"
#include "src/nsm/registry/keep_service.h"
#include "src/nsm/registry/refuse_foreign_socket.h"
#include "src/nsm/registry/registry_authorize.h"
#include "src/nsm/registry/registry_own_domain.h"
#include "src/nsm/registry/registry_update_path.h"
#include "src/registry/interdomain_switch.h"
#include "src/registry/keep_endpoint.h"
#include "src/registry/limit_life.h"

namespace nsm::registry {
namespace {

// Element: refuses to register what has no name.
template <typename Kind>
class RequireName final : public RegistryElement<Kind> {
 public:
  using Entry = typename Kind::Entry;
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<Kind> next) override {
    if (entry.name().empty()) return absl::InvalidArgumentError("a registration needs a name");
    return next.Register(context, std::move(entry));
  }
};

// Element: a service registered without payload carries IP.
class SetPayload final : public RegistryElement<ServiceKind> {
 public:
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<ServiceKind> next) override {
    if (entry.payload().empty()) entry.set_payload(kPayloadIp);
    return next.Register(context, std::move(entry));
  }
};

template <typename Kind>
std::optional<RegistryChain<Kind>> Proxy(const Registry::Options& options, const Registry::Parts& parts) {
  if (!options.proxy) return std::nullopt;
  RegistryChain<Kind> chain;
  chain.template Add<GrpcRegistry<Kind>>(parts.channels, *options.proxy);
  return chain;
}

// What both registries begin with: who asks, and which domain is meant.
template <typename Kind>
void AddEntrance(const Registry::Options& options, const Registry::Parts& parts, RegistryChain<Kind>& chain) {
  chain.template Add<RegistryUpdatePath<Kind>>(parts.identity);
  chain.template Add<RegistryAuthorize<Kind>>(parts.identity, parts.policies, parts.clock);
  chain.template Add<RequireName<Kind>>();
  chain.template Add<RegistryOwnDomain<Kind>>(parts.own_domains);
  chain.template Add<InterdomainSwitch<Kind>>(Proxy<Kind>(options, parts));
}

}  // namespace

Registry::Registry(const Options& options, const Parts& parts) {
  AddEntrance(options, parts, services_);
  services_.Add<SetPayload>();
  services_.Add<KeepService>(parts.services);

  AddEntrance(options, parts, endpoints_);
  endpoints_.Add<RefuseForeignSocket>();
  endpoints_.Add<LimitLife>(parts.clock, options.endpoint_life);
  endpoints_.Add<KeepEndpoint>(parts.endpoints, parts.clock);
}

}  // namespace nsm::registry
