// SPDX-License-Identifier: Apache-2.0
// Element: a service registered without payload carries IP.
#pragma once

#include "src/nsm/registry_chain.h"

namespace nsm::registry {

class SetPayload final : public RegistryElement<ServiceKind> {
 public:
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<ServiceKind> next) override {
    if (entry.payload().empty()) entry.set_payload(kPayloadIp);
    return next.Register(context, std::move(entry));
  }
};

}  // namespace nsm::registry
