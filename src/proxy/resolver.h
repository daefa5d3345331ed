// SPDX-License-Identifier: Apache-2.0
// Where a domain's proxy registry is to be found.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/core/url.h"

namespace nsm::proxy {

class Dns;

// Thread safe.
class Resolver {
 public:
  virtual ~Resolver() = default;
  // Every address to try, in order; never empty. Blocks, at most until `deadline`. Errors name the domain.
  virtual absl::StatusOr<std::vector<Url>> Resolve(const std::string& domain, absl::Time deadline) = 0;
};

// A domain is a DNS name, an IPv4 address or an IPv6 address in brackets, each with an optional port.
class DomainResolver final : public Resolver {
 public:
  DomainResolver(Dns& dns, uint16_t default_port) : dns_(dns), default_port_(default_port) {}
  absl::StatusOr<std::vector<Url>> Resolve(const std::string& domain, absl::Time deadline) override;

 private:
  Dns& dns_;
  const uint16_t default_port_;
};

}  // namespace nsm::proxy
