// SPDX-License-Identifier: Apache-2.0
// "@domain" in the names of registry entries: endpoint names, service names and the services that labels
// belong to.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "src/nsm/config/own_domains.h"
#include "src/nsm/registry/registry_chain.h"

namespace nsm {

// The domain that an entry or a query is about: that of its name, else of the first service with one.
std::optional<std::string> DomainOf(const NetworkService& entry);
std::optional<std::string> DomainOf(const NetworkServiceEndpoint& entry);

// Takes "@domain" off the names that have it.
void StripDomain(const std::string& domain, NetworkService& entry);
void StripDomain(const std::string& domain, NetworkServiceEndpoint& entry);

// Puts "@domain" behind all names that are not empty.
void AddDomain(const std::string& domain, NetworkService& entry);
void AddDomain(const std::string& domain, NetworkServiceEndpoint& entry);

// A sink that adds the domain to what it passes on.
template <typename Kind>
std::shared_ptr<FindSink<Kind>> AddDomainTo(std::shared_ptr<FindSink<Kind>> sink, std::string domain);

// Element: names of our own domain lose "@domain" for the rest of the chain and have it again in the answer.
template <typename Kind>
class RegistryOwnDomain final : public RegistryElement<Kind> {
 public:
  using Entry = typename Kind::Entry;
  explicit RegistryOwnDomain(const OwnDomains& own) : own_(own) {}
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<Kind> next) override;
  absl::Status Unregister(Context& context, Entry entry, RegistryNext<Kind> next) override;
  std::shared_ptr<FindCall> Find(const Context& context, typename Kind::Query query,
                                 std::shared_ptr<FindSink<Kind>> sink, RegistryNext<Kind> next) override;

 private:
  std::optional<std::string> OwnDomainOf(const Entry& entry) const;

  const OwnDomains& own_;
};

}  // namespace nsm
