// SPDX-License-Identifier: Apache-2.0
// Element, the last of the endpoints' chain: keeps them in a store, under the rules for what is there
// already.
//
// A name belongs to its registrant (owner.h), who alone may renew or end the registration; the registry's
// operator may end it, too. An endpoint's initial_registration_time is that of its first registration and
// stays so when it is renewed; a registry that has lost its entries takes the registrant's word.
#pragma once

#include "src/core/clock.h"
#include "src/nsm/registry/store.h"

namespace nsm::registry {

class KeepEndpoint final : public RegistryElement<EndpointKind> {
 public:
  KeepEndpoint(Store<EndpointKind>& store, const Clock& clock) : store_(store), clock_(clock) {}
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<EndpointKind> next) override;
  absl::Status Unregister(Context& context, Entry entry, RegistryNext<EndpointKind> next) override;
  std::shared_ptr<FindCall> Find(const Context& context, EndpointKind::Query query,
                                 std::shared_ptr<FindSink<EndpointKind>> sink,
                                 RegistryNext<EndpointKind> next) override;

 private:
  Store<EndpointKind>& store_;
  const Clock& clock_;
};

}  // namespace nsm::registry
