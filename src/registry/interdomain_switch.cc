// SPDX-License-Identifier: Apache-2.0
#include "src/registry/interdomain_switch.h"

#include "absl/strings/str_cat.h"
#include "src/nsm/registry/registry_own_domain.h"

namespace nsm::registry {
namespace {

absl::Status NoProxy(const std::string& domain) {
  return absl::FailedPreconditionError(absl::StrCat(
      "domain ", domain, " cannot be asked: this registry has no proxy registry (--proxy-registry-url)"));
}

}  // namespace

template <typename Kind>
absl::StatusOr<typename Kind::Entry> InterdomainSwitch<Kind>::Register(Context& context, Entry entry,
                                                                       RegistryNext<Kind> next) {
  std::optional<std::string> domain = DomainOf(entry);
  if (!domain) return next.Register(context, std::move(entry));
  if (!proxy_) return NoProxy(*domain);
  return proxy_->Begin().Register(context, std::move(entry));
}

template <typename Kind>
absl::Status InterdomainSwitch<Kind>::Unregister(Context& context, Entry entry, RegistryNext<Kind> next) {
  std::optional<std::string> domain = DomainOf(entry);
  if (!domain) return next.Unregister(context, std::move(entry));
  if (!proxy_) return NoProxy(*domain);
  return proxy_->Begin().Unregister(context, std::move(entry));
}

template <typename Kind>
std::shared_ptr<FindCall> InterdomainSwitch<Kind>::Find(const Context& context, typename Kind::Query query,
                                                        std::shared_ptr<FindSink<Kind>> sink,
                                                        RegistryNext<Kind> next) {
  std::optional<std::string> domain = DomainOf(Kind::GetEntry(query));
  if (!domain) return next.Find(context, std::move(query), std::move(sink));
  if (!proxy_) return EndFind(*sink, NoProxy(*domain));
  return proxy_->Begin().Find(context, std::move(query), std::move(sink));
}

template class InterdomainSwitch<ServiceKind>;
template class InterdomainSwitch<EndpointKind>;

}  // namespace nsm::registry
