// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/config/own_domains.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "src/core/url.h"

namespace nsm {
namespace {

// The host without port, final dot and differences of case; an address in its shortest form.
std::string NormalHost(absl::string_view domain) {
  absl::ConsumePrefix(&domain, "tcp://");
  auto parsed = HostPort::Parse(domain);
  std::string host = absl::AsciiStrToLower(parsed.ok() ? parsed->host : std::string(domain));
  auto address = IpAddress::Parse(host);
  if (address.ok()) return address->ToString();
  return std::string(absl::StripSuffix(host, "."));
}

}  // namespace

OwnDomains::OwnDomains(const std::vector<std::string>& domains, const AddressMap& addresses)
    : addresses_(addresses) {
  for (const std::string& domain : domains) domains_.push_back(NormalHost(domain));
}

bool OwnDomains::IsOwn(absl::string_view domain) const {
  std::string host = NormalHost(domain);
  if (std::find(domains_.begin(), domains_.end(), host) != domains_.end()) return true;
  auto address = IpAddress::Parse(host);
  return address.ok() && addresses_.IsExternal(*address);
}

}  // namespace nsm
