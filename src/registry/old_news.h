// SPDX-License-Identifier: Apache-2.0
// Element: a service that is registered as it is known already goes no further, whoever registers it.
//
// Every endpoint of a service registers it, again and again; all of them would otherwise write one entry by
// turns, and everybody who watches would hear of it.
#pragma once

#include "src/nsm/registry/store.h"

namespace nsm::registry {

class OldNews final : public RegistryElement<ServiceKind> {
 public:
  explicit OldNews(const Store<ServiceKind>& store) : store_(store) {}
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<ServiceKind> next) override;

 private:
  const Store<ServiceKind>& store_;
};

}  // namespace nsm::registry
