// SPDX-License-Identifier: Apache-2.0
// Element: the URLs in the answers about endpoints become those at which the asker can reach them.
//
// Endpoints of other domains (a query with "@domain") are reached through our proxy NSMgr, which needs no
// more than their name. Ours are shown to other domains by the external address of their NSMgr or, with the
// second form of advertising, of our proxy NSMgr; a watch is told again of each whose external address is
// another one since.
#pragma once

#include <memory>

#include "src/core/url.h"
#include "src/nsm/config/address_map.h"
#include "src/nsm/registry/registry_chain.h"

namespace nsm::proxy {

enum class Advertise { kNode, kProxy };

class PublishUrls final : public RegistryElement<EndpointKind> {
 public:
  // `proxy` is where our domain reaches our proxy NSMgr; others do so at its external address.
  PublishUrls(const Url& proxy, Advertise advertise, AddressMap& addresses);
  std::shared_ptr<FindCall> Find(const Context& context, ::registry::NetworkServiceEndpointQuery query,
                                 std::shared_ptr<FindSink<EndpointKind>> sink,
                                 RegistryNext<EndpointKind> next) override;

 private:
  class Watched;
  class Watches;

  const std::string proxy_;
  const Advertise advertise_;
  const AddressMap& addresses_;
  const std::shared_ptr<Watches> watches_;  // what the map tells may come late
};

}  // namespace nsm::proxy
