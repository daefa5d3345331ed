// SPDX-License-Identifier: Apache-2.0
// Element: adds this hop to the path of a registration and to the entry's path_ids, the list of who passed it
// on; [0] is the registrant. What comes back is in the caller's view again.
#pragma once

#include "src/nsm/identity/identity.h"
#include "src/nsm/registry/registry_chain.h"

namespace nsm {

template <typename Kind>
class RegistryUpdatePath final : public RegistryElement<Kind> {
 public:
  using Entry = typename Kind::Entry;
  explicit RegistryUpdatePath(const Identity& identity) : identity_(identity) {}
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<Kind> next) override;
  absl::Status Unregister(Context& context, Entry entry, RegistryNext<Kind> next) override;

 private:
  absl::Status Enter(Context& context, Entry& entry) const;

  const Identity& identity_;
};

}  // namespace nsm
