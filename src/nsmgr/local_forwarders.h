// SPDX-License-Identifier: Apache-2.0
// Element: keeps this node's forwarders, the endpoints of service "forwarder". The registry of the domain
// never hears of them.
#pragma once

#include <vector>

#include "src/nsm/registry/memory_store.h"

namespace nsm::nsmgr {

class LocalForwarders final : public RegistryElement<EndpointKind> {
 public:
  // Forwarders get the whole node's traffic and the namespaces of its pods: they register over a unix socket,
  // with a unix:// URL.
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<EndpointKind> next) override;
  absl::Status Unregister(Context& context, Entry entry, RegistryNext<EndpointKind> next) override;
  // Answers what asks for service "forwarder" or, by name, for a forwarder that is registered here.
  std::shared_ptr<FindCall> Find(const Context& context, ::registry::NetworkServiceEndpointQuery query,
                                 std::shared_ptr<FindSink<EndpointKind>> sink,
                                 RegistryNext<EndpointKind> next) override;

  std::vector<NetworkServiceEndpoint> List() const { return store_.List(); }

 private:
  bool IsForwarder(const Entry& entry) const;

  MemoryStore<EndpointKind> store_;
};

}  // namespace nsm::nsmgr
