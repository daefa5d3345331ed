// SPDX-License-Identifier: Apache-2.0
// Element: what is named "name@domain" goes to the proxy registry, all else to the rest of the chain. Our own
// domain's names have lost "@domain" before this.
#pragma once

#include <optional>

#include "src/nsm/registry/registry_chain.h"

namespace nsm::registry {

template <typename Kind>
class InterdomainSwitch final : public RegistryElement<Kind> {
 public:
  using Entry = typename Kind::Entry;
  // Without a proxy other domains cannot be reached: FAILED_PRECONDITION.
  explicit InterdomainSwitch(std::optional<RegistryChain<Kind>> proxy) : proxy_(std::move(proxy)) {}
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<Kind> next) override;
  absl::Status Unregister(Context& context, Entry entry, RegistryNext<Kind> next) override;
  std::shared_ptr<FindCall> Find(const Context& context, typename Kind::Query query,
                                 std::shared_ptr<FindSink<Kind>> sink, RegistryNext<Kind> next) override;

 private:
  const std::optional<RegistryChain<Kind>> proxy_;
};

}  // namespace nsm::registry
