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
  absl::StatusOr<std::vector<Url>> FindRegistry(const std::string& domain, absl::Time) override {
    return Find(domain, domains);
  }
  absl::StatusOr<std::vector<Url>> FindProxyNsmgr(const std::string& domain, absl::Time) override {
    if (!proxy_error.ok()) return proxy_error;
    return Find(domain, proxies);
  }

  std::map<std::string, std::vector<Url>> domains;
  std::map<std::string, std::vector<Url>> proxies;
  absl::Status proxy_error;

 private:
  static absl::StatusOr<std::vector<Url>> Find(const std::string& domain,
                                               const std::map<std::string, std::vector<Url>>& known) {
    auto it = known.find(domain);
    if (it == known.end()) return absl::NotFoundError("domain " + domain + ": no such name");
    return it->second;
  }
};

}  // namespace nsm::proxy
