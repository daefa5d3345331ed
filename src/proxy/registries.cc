// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/registries.h"

#include "absl/strings/str_cat.h"
#include "src/nsm/registry/grpc_registry.h"
#include "src/nsm/registry/registry_authorize.h"
#include "src/nsm/registry/registry_own_domain.h"
#include "src/nsm/registry/registry_update_path.h"
#include "src/proxy/remote_domains.h"

namespace nsm::proxy {
namespace {

// Element: endpoints and services are registered in their own domain's registry, not through a proxy.
template <typename Kind>
class RefuseRegistration final : public RegistryElement<Kind> {
 public:
  using Entry = typename Kind::Entry;
  absl::StatusOr<Entry> Register(Context&, Entry entry, RegistryNext<Kind>) override {
    return Refusal(entry);
  }
  absl::Status Unregister(Context&, Entry entry, RegistryNext<Kind>) override { return Refusal(entry); }

 private:
  static absl::Status Refusal(const Entry& entry) {
    return absl::FailedPreconditionError(absl::StrCat(
        "registering ", entry.name(), ": registrations from one domain in another are not supported"));
  }
};

}  // namespace

Registries::Registries(const Options& options, Hop& hop, const RemoteParts& remote,
                       const OwnDomains& own_domains, AddressMap& addresses) {
  services_.Add<RegistryUpdatePath<ServiceKind>>(hop.identity);
  services_.Add<RegistryAuthorize<ServiceKind>>(hop.identity, hop.policies, hop.clock);
  services_.Add<RefuseRegistration<ServiceKind>>();
  services_.Add<RegistryOwnDomain<ServiceKind>>(own_domains);
  services_.Add<RemoteDomains<ServiceKind>>(remote);
  services_.Add<GrpcRegistry<ServiceKind>>(remote.channels, options.registry);

  endpoints_.Add<RegistryUpdatePath<EndpointKind>>(hop.identity);
  endpoints_.Add<RegistryAuthorize<EndpointKind>>(hop.identity, hop.policies, hop.clock);
  endpoints_.Add<RefuseRegistration<EndpointKind>>();
  endpoints_.Add<RegistryOwnDomain<EndpointKind>>(own_domains);
  endpoints_.Add<PublishUrls>(options.public_url, options.advertise, addresses);
  endpoints_.Add<RemoteDomains<EndpointKind>>(remote);
  endpoints_.Add<GrpcRegistry<EndpointKind>>(remote.channels, options.registry);

  lookup_.Add<RegistryOwnDomain<EndpointKind>>(own_domains);
  known_endpoints_ = &lookup_.Add<FindCache<EndpointKind>>(hop.clock, hop.timers);
  lookup_.Add<RemoteDomains<EndpointKind>>(remote);
  lookup_.Add<GrpcRegistry<EndpointKind>>(remote.channels, options.registry);
}

}  // namespace nsm::proxy
