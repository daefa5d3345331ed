// SPDX-License-Identifier: Apache-2.0
// Domains by hand.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "src/proxy/resolver.h"

namespace nsm::proxy {

class FakeResolver final : public Resolver {
 public:
  absl::StatusOr<std::vector<Url>> Resolve(const std::string& domain, absl::Time) override {
    auto it = domains.find(domain);
    if (it == domains.end()) return absl::NotFoundError("domain " + domain + ": no such name");
    return it->second;
  }
  std::map<std::string, std::vector<Url>> domains;
};

}  // namespace nsm::proxy
