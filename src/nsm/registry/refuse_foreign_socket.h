// SPDX-License-Identifier: Apache-2.0
// Element: refuses to register an endpoint at a unix socket that is not on this node.
//
// The path of a socket names one only on its own node: who looks the endpoint up elsewhere would call
// whatever has that path there. Registrations that come by a door to others are not from this node.
#pragma once

#include "src/nsm/registry/registry_chain.h"

namespace nsm {

class RefuseForeignSocket final : public RegistryElement<EndpointKind> {
 public:
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<EndpointKind> next) override;
};

}  // namespace nsm
