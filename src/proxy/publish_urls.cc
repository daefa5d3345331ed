// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/publish_urls.h"

#include "src/nsm/registry/mapping_sink.h"
#include "src/nsm/registry/registry_own_domain.h"

namespace nsm::proxy {

std::shared_ptr<FindCall> PublishUrls::Find(const Context& context,
                                            ::registry::NetworkServiceEndpointQuery query,
                                            std::shared_ptr<FindSink<EndpointKind>> sink,
                                            RegistryNext<EndpointKind> next) {
  const bool is_remote = DomainOf(query.network_service_endpoint()).has_value();
  const bool through_proxy = is_remote || advertise_ == Advertise::kProxy;
  auto publish = [proxy = through_proxy ? proxy_ : "", is_remote,
                  &addresses = addresses_](::registry::NetworkServiceEndpointResponse& response) {
    NetworkServiceEndpoint& endpoint = *response.mutable_network_service_endpoint();
    if (!proxy.empty()) endpoint.set_url(proxy);
    if (!is_remote) endpoint.set_url(addresses.UrlToExternal(endpoint.url()));
    return true;
  };
  return next.Find(context, std::move(query),
                   std::make_shared<MappingSink<EndpointKind>>(std::move(sink), std::move(publish)));
}

}  // namespace nsm::proxy
