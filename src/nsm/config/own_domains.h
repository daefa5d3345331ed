// SPDX-License-Identifier: Apache-2.0
// Which domains of "name@domain" are our own.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/nsm/config/address_map.h"

namespace nsm {

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
