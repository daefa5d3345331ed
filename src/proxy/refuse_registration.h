// SPDX-License-Identifier: Apache-2.0
// Element: endpoints and services are registered in their own domain's registry, not through a proxy.
#pragma once

#include "absl/strings/str_cat.h"
#include "src/nsm/registry_chain.h"

namespace nsm::proxy {

template <typename Kind>
class RefuseRegistration final : public RegistryElement<Kind> {
 public:
  using Entry = typename Kind::Entry;
  absl::StatusOr<Entry> Register(Context&, Entry entry, RegistryNext<Kind>) override {
    return Refusal(entry);
  }
  absl::Status Unregister(Context&, Entry entry, RegistryNext<Kind>) override { return Refusal(entry); }

 private:
  static absl::Status Refusal(const Entry& entry) {
    return absl::FailedPreconditionError(absl::StrCat(
        "registering ", entry.name(), ": registrations from one domain in another are not supported"));
  }
};

}  // namespace nsm::proxy
