// SPDX-License-Identifier: Apache-2.0
// Element: refuses to register what has no name.
#pragma once

#include "src/nsm/registry_chain.h"

namespace nsm::registry {

template <typename Kind>
class RequireName final : public RegistryElement<Kind> {
 public:
  using Entry = typename Kind::Entry;
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<Kind> next) override {
    if (entry.name().empty()) return absl::InvalidArgumentError("a registration needs a name");
    return next.Register(context, std::move(entry));
  }
};

}  // namespace nsm::registry
