// SPDX-License-Identifier: Apache-2.0
// Element: as long as an endpoint is registered its name belongs to its registrant (path_ids[0]), who alone
// may renew or end the registration; the registry's operator may end it, too.
#pragma once

#include "src/nsm/registry/store.h"

namespace nsm::registry {

class Owner final : public RegistryElement<EndpointKind> {
 public:
  explicit Owner(const Store<EndpointKind>& store) : store_(store) {}
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<EndpointKind> next) override;
  absl::Status Unregister(Context& context, Entry entry, RegistryNext<EndpointKind> next) override;

 private:
  absl::Status Check(const Entry& entry) const;

  const Store<EndpointKind>& store_;
};

}  // namespace nsm::registry
