// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/resolver.h"

#include <algorithm>
#include <random>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "src/core/status_macros.h"

namespace nsm::proxy {
namespace {

constexpr size_t kMostAddresses = 16;
constexpr size_t kMostServices = 8;
constexpr size_t kLongestName = 253;
constexpr size_t kLongestLabel = 63;

bool IsLabel(absl::string_view label) {
  return !label.empty() && label.size() <= kLongestLabel &&
         std::all_of(label.begin(), label.end(),
                     [](unsigned char c) { return absl::ascii_isalnum(c) || c == '-' || c == '_'; });
}

bool IsDnsName(absl::string_view host) {
  absl::ConsumeSuffix(&host, ".");
  if (host.size() > kLongestName) return false;
  std::vector<absl::string_view> labels = absl::StrSplit(host, '.');
  return std::all_of(labels.begin(), labels.end(), IsLabel);
}

bool IsAddress(const std::string& host) { return IpAddress::Parse(host).ok(); }

absl::StatusOr<HostPort> Parse(absl::string_view domain) {
  absl::string_view text = domain;
  absl::ConsumePrefix(&text, "tcp://");
  ASSIGN_OR_RETURN(HostPort parsed, HostPort::Parse(text));
  if (!IsAddress(parsed.host) && !IsDnsName(parsed.host)) {
    return absl::InvalidArgumentError("neither a DNS name nor an address");
  }
  return parsed;
}

absl::Status Name(const std::string& domain, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("domain ", domain, ": ", status.message()));
}

uint32_t Random(uint32_t most) {
  std::random_device device;
  return std::uniform_int_distribution<uint32_t>(0, most)(device);
}

void Append(const std::vector<IpAddress>& addresses, uint16_t port, std::vector<Url>& urls) {
  for (const IpAddress& address : addresses) {
    Url url = Url::Tcp({.host = address.ToString(), .port = port});
    const bool is_new = std::find(urls.begin(), urls.end(), url) == urls.end();
    if (is_new && urls.size() < kMostAddresses) urls.push_back(std::move(url));
  }
}

}  // namespace

absl::StatusOr<std::vector<Url>> DomainResolver::FindRegistry(const std::string& domain,
                                                              absl::Time deadline) {
  auto parsed = Parse(domain);
  if (!parsed.ok()) return Name(domain, parsed.status());
  auto urls = Registry(*parsed, deadline);
  if (!urls.ok()) return Name(domain, urls.status());
  return urls;
}

absl::StatusOr<std::vector<Url>> DomainResolver::FindProxyNsmgr(const std::string& domain,
                                                                absl::Time deadline) {
  auto parsed = Parse(domain);
  if (!parsed.ok()) return Name(domain, parsed.status());
  if (IsAddress(parsed->host)) {
    return absl::NotFoundError(absl::StrCat("domain ", domain, ": an address has no proxy NSMgr by name"));
  }
  auto urls = Service(absl::StrCat("nsmgr-proxy.nsm-system.", parsed->host), deadline);
  if (!urls.ok()) return Name(domain, urls.status());
  return urls;
}

absl::StatusOr<std::vector<Url>> DomainResolver::Registry(const HostPort& domain, absl::Time deadline) {
  absl::Status no_service;
  if (domain.port == 0 && !IsAddress(domain.host)) {
    const absl::Time now = absl::Now();
    auto urls = Service(absl::StrCat("registry.nsm-system.", domain.host), now + (deadline - now) / 2);
    // What cannot be asked may well exist, and then another port than the default one counts.
    if (!absl::IsNotFound(urls.status())) return urls;
    no_service = urls.status();
  }
  auto addresses = Addresses(domain.host, deadline);
  if (!addresses.ok()) {
    absl::string_view before = no_service.ok() ? "" : "; ";
    return absl::Status(addresses.status().code(),
                        absl::StrCat(no_service.message(), before, addresses.status().message()));
  }
  std::vector<Url> urls;
  Append(*addresses, domain.port == 0 ? default_port_ : domain.port, urls);
  return urls;
}

absl::StatusOr<std::vector<Url>> DomainResolver::Service(const std::string& name, absl::Time deadline) {
  if (!IsDnsName(name)) return absl::NotFoundError(absl::StrCat(name, " is too long for a name"));
  ASSIGN_OR_RETURN(std::vector<SrvRecord> records, dns_.FindServices(name, deadline));
  std::erase_if(records,
                [](const SrvRecord& record) { return record.target.empty() || record.target == "."; });
  if (records.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("SRV record of ", name, ": the service is not available"));
  }
  records = OrderServices(std::move(records), Random);
  if (records.size() > kMostServices) records.resize(kMostServices);
  auto addresses = Addresses(name, deadline);
  if (!addresses.ok() && !absl::IsNotFound(addresses.status())) return addresses.status();
  std::vector<Url> urls;
  absl::Status error;
  for (const SrvRecord& record : records) {
    auto targets = addresses.ok() ? addresses : Addresses(record.target, deadline);
    if (targets.ok()) Append(*targets, record.port, urls);
    if (!targets.ok()) error = targets.status();
  }
  // Not NOT_FOUND, because the name is there.
  if (urls.empty())
    return absl::UnavailableError(absl::StrCat("SRV records of ", name, ": ", error.message()));
  return urls;
}

absl::StatusOr<std::vector<IpAddress>> DomainResolver::Addresses(const std::string& host,
                                                                 absl::Time deadline) {
  if (auto literal = IpAddress::Parse(host); literal.ok()) return std::vector<IpAddress>{*literal};
  ASSIGN_OR_RETURN(std::vector<IpAddress> addresses, dns_.FindAddresses(host, deadline));
  return OrderAddresses(addresses, has_route_);
}

}  // namespace nsm::proxy
