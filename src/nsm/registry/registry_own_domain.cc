// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/registry_own_domain.h"

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/nsm/registry/mapping_sink.h"
#include "src/nsm/wire/interdomain_name.h"

namespace nsm {
namespace {

std::optional<std::string> DomainOfName(const std::string& name) {
  auto split = InterdomainName::Split(name);
  if (!split) return std::nullopt;
  return std::move(split->domain);
}

using Rename = std::function<std::string(const std::string&)>;

std::string Strip(const std::string& domain, const std::string& name) {
  auto split = InterdomainName::Split(name);
  return split && split->domain == domain ? split->target : name;
}

std::string Add(const std::string& domain, const std::string& name) {
  return name.empty() ? name : absl::StrCat(name, "@", domain);
}

void RenameAll(const Rename& rename, NetworkServiceEndpoint& entry) {
  entry.set_name(rename(entry.name()));
  for (std::string& service : *entry.mutable_network_service_names()) service = rename(service);
  auto labels = std::move(*entry.mutable_network_service_labels());
  entry.clear_network_service_labels();
  for (auto& [service, values] : labels) {
    (*entry.mutable_network_service_labels())[rename(service)] = std::move(values);
  }
}

}  // namespace

std::optional<std::string> DomainOf(const NetworkService& entry) { return DomainOfName(entry.name()); }

std::optional<std::string> DomainOf(const NetworkServiceEndpoint& entry) {
  if (auto domain = DomainOfName(entry.name())) return domain;
  for (const std::string& service : entry.network_service_names()) {
    if (auto domain = DomainOfName(service)) return domain;
  }
  return std::nullopt;
}

void StripDomain(const std::string& domain, NetworkService& entry) {
  entry.set_name(Strip(domain, entry.name()));
}

void StripDomain(const std::string& domain, NetworkServiceEndpoint& entry) {
  RenameAll([&domain](const std::string& name) { return Strip(domain, name); }, entry);
}

void AddDomain(const std::string& domain, NetworkService& entry) {
  entry.set_name(Add(domain, entry.name()));
}

void AddDomain(const std::string& domain, NetworkServiceEndpoint& entry) {
  RenameAll([&domain](const std::string& name) { return Add(domain, name); }, entry);
}

template <typename Kind>
std::shared_ptr<FindSink<Kind>> AddDomainTo(std::shared_ptr<FindSink<Kind>> sink, std::string domain) {
  auto add = [domain = std::move(domain)](typename Kind::Response& response) {
    AddDomain(domain, *Kind::MutableEntry(response));
    return true;
  };
  return std::make_shared<MappingSink<Kind>>(std::move(sink), std::move(add));
}

template <typename Kind>
absl::StatusOr<typename Kind::Entry> RegistryOwnDomain<Kind>::Register(Context& context, Entry entry,
                                                                       RegistryNext<Kind> next) {
  std::optional<std::string> domain = OwnDomainOf(entry);
  if (!domain) return next.Register(context, std::move(entry));
  StripDomain(*domain, entry);
  ASSIGN_OR_RETURN(Entry registered, next.Register(context, std::move(entry)));
  AddDomain(*domain, registered);
  return registered;
}

template <typename Kind>
absl::Status RegistryOwnDomain<Kind>::Unregister(Context& context, Entry entry, RegistryNext<Kind> next) {
  if (std::optional<std::string> domain = OwnDomainOf(entry)) StripDomain(*domain, entry);
  return next.Unregister(context, std::move(entry));
}

template <typename Kind>
std::shared_ptr<FindCall> RegistryOwnDomain<Kind>::Find(const Context& context, typename Kind::Query query,
                                                        std::shared_ptr<FindSink<Kind>> sink,
                                                        RegistryNext<Kind> next) {
  if (std::optional<std::string> domain = OwnDomainOf(Kind::GetEntry(query))) {
    StripDomain(*domain, *Kind::MutableEntry(query));
    sink = AddDomainTo<Kind>(std::move(sink), *std::move(domain));
  }
  return next.Find(context, std::move(query), std::move(sink));
}

template <typename Kind>
std::optional<std::string> RegistryOwnDomain<Kind>::OwnDomainOf(const Entry& entry) const {
  std::optional<std::string> domain = DomainOf(entry);
  return domain && own_.IsOwn(*domain) ? domain : std::nullopt;
}

template std::shared_ptr<FindSink<ServiceKind>> AddDomainTo<ServiceKind>(
    std::shared_ptr<FindSink<ServiceKind>>, std::string);
template std::shared_ptr<FindSink<EndpointKind>> AddDomainTo<EndpointKind>(
    std::shared_ptr<FindSink<EndpointKind>>, std::string);
template class RegistryOwnDomain<ServiceKind>;
template class RegistryOwnDomain<EndpointKind>;

}  // namespace nsm
