// SPDX-License-Identifier: Apache-2.0
// Names of services and endpoints in other domains, "name@domain", and which domains are our own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/nsm/address_map.h"

namespace nsm {

struct InterdomainName {
  // Split at the first '@'; none for a name without one.
  static std::optional<InterdomainName> Split(absl::string_view name);
  std::string ToString() const { return target + "@" + domain; }
  std::string target;
  std::string domain;  // a DNS name or an address, with an optional port
};

// Thread safe.
class OwnDomains {
 public:
  // `domains` are DNS names or addresses (--domain); the external addresses of `addresses` are ours as well.
  OwnDomains(const std::vector<std::string>& domains, const AddressMap& addresses);
  // Upper and lower case are the same in names; the port does not matter.
  bool IsOwn(absl::string_view domain) const;
  // For messages: the first of the given domains, empty without one.
  std::string name() const { return domains_.empty() ? "" : domains_.front(); }

 private:
  std::vector<std::string> domains_;  // hosts in their normal form
  const AddressMap& addresses_;
};

}  // namespace nsm
