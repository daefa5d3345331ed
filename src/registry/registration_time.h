// SPDX-License-Identifier: Apache-2.0
// Element: an endpoint's initial_registration_time is that of its first registration and stays so when it
// renews it; a registry that has lost its entries takes the registrant's word.
#pragma once

#include "src/core/clock.h"
#include "src/nsm/registry/store.h"

namespace nsm::registry {

class RegistrationTime final : public RegistryElement<EndpointKind> {
 public:
  RegistrationTime(const Store<EndpointKind>& store, const Clock& clock) : store_(store), clock_(clock) {}
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<EndpointKind> next) override;

 private:
  const Store<EndpointKind>& store_;
  const Clock& clock_;
};

}  // namespace nsm::registry
