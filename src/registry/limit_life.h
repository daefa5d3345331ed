// SPDX-License-Identifier: Apache-2.0
// Element: gives each registration of an endpoint the time at which it ends.
#pragma once

#include "src/core/clock.h"
#include "src/nsm/registry/registry_chain.h"

namespace nsm::registry {

class LimitLife final : public RegistryElement<EndpointKind> {
 public:
  // `longest`: how long it lives if nothing asks for less.
  LimitLife(const Clock& clock, absl::Duration longest) : clock_(clock), longest_(longest) {}
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<EndpointKind> next) override;

 private:
  const Clock& clock_;
  const absl::Duration longest_;
};

}  // namespace nsm::registry
