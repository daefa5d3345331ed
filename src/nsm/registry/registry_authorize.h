// SPDX-License-Identifier: Apache-2.0
// Element: a registration, or its end, whose path keeps the policies, where callers have identities. And
// nobody registers for others by a socket of this node ("registry/registrant", ours), where programs and pods
// register themselves: what a path says of the hops in front of its caller is that caller's word. That a
// registration is its registrant's to change is the store's rule (src/registry/owner.h).
#pragma once

#include <utility>

#include "absl/strings/str_cat.h"
#include "src/core/clock.h"
#include "src/core/status_macros.h"
#include "src/nsm/identity/identity.h"
#include "src/nsm/identity/policies.h"
#include "src/nsm/registry/registry_chain.h"

namespace nsm {

// Stands behind RegistryUpdatePath.
template <typename Kind>
class RegistryAuthorize final : public RegistryElement<Kind> {
 public:
  using Entry = typename Kind::Entry;
  RegistryAuthorize(const Identity& own, Policies policies, const Clock& clock)
      : own_(own), policies_(std::move(policies)), clock_(clock) {}
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<Kind> next) override {
    RETURN_IF_ERROR(Check(context));
    return next.Register(context, std::move(entry));
  }
  absl::Status Unregister(Context& context, Entry entry, RegistryNext<Kind> next) override {
    RETURN_IF_ERROR(Check(context));
    return next.Unregister(context, std::move(entry));
  }

 private:
  absl::Status Check(const Context& context) const {
    if (!context.is_called) return absl::OkStatus();
    const RegistryPath& path = context.registry_path;
    if (own_.is_secure() && context.caller.is_local && path.index > 1) {
      return absl::PermissionDeniedError(absl::StrCat("policy registry/registrant: ", context.caller.peer.id,
                                                      " registers what another one has made"));
    }
    const std::vector<std::string> tokens(path.tokens.begin(), path.tokens.begin() + path.index + 1);
    return policies_.CheckCall(own_, context.caller.peer, tokens, clock_.Now());
  }

  const Identity& own_;
  const Policies policies_;
  const Clock& clock_;
};

}  // namespace nsm
