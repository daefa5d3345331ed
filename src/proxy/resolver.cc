// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/resolver.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "src/core/ip_address.h"
#include "src/core/status_macros.h"
#include "src/proxy/dns.h"

namespace nsm::proxy {
namespace {

bool IsDnsName(const std::string& host) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
  });
}

absl::Status Name(const std::string& domain, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("domain ", domain, ": ", status.message()));
}

}  // namespace

absl::StatusOr<std::vector<Url>> DomainResolver::Resolve(const std::string& domain, absl::Time deadline) {
  absl::string_view text = domain;
  absl::ConsumePrefix(&text, "tcp://");
  auto parsed = HostPort::Parse(text);
  if (!parsed.ok()) return Name(domain, parsed.status());
  const uint16_t port = parsed->port == 0 ? default_port_ : parsed->port;
  std::vector<IpAddress> addresses;
  if (auto literal = IpAddress::Parse(parsed->host); literal.ok()) {
    addresses.push_back(*literal);
  } else if (IsDnsName(parsed->host)) {
    auto found = dns_.FindAddresses(parsed->host, deadline);
    if (!found.ok()) return Name(domain, found.status());
    addresses = *std::move(found);
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("domain \"", domain, "\" is neither a DNS name nor an address"));
  }
  std::vector<Url> urls;
  for (const IpAddress& address : addresses) {
    urls.push_back(Url::Tcp({.host = address.ToString(), .port = port}));
  }
  return urls;
}

}  // namespace nsm::proxy
