// SPDX-License-Identifier: Apache-2.0
// Where another domain is to be found.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/core/url.h"
#include "src/proxy/dns_order.h"

namespace nsm::proxy {

// Thread safe. Both functions give every address to try, in order, never none; they block, at most until
// `deadline`. Errors name the domain.
class Resolver {
 public:
  virtual ~Resolver() = default;
  // Its registry for others, the proxy NSR.
  virtual absl::StatusOr<std::vector<Url>> FindRegistry(const std::string& domain, absl::Time deadline) = 0;
  // The proxy NSMgr that takes all Requests to the domain. NOT_FOUND where it has none: then each endpoint's
  // Requests go to the URL that the domain's registry gives.
  virtual absl::StatusOr<std::vector<Url>> FindProxyNsmgr(const std::string& domain, absl::Time deadline) = 0;
};

// A domain is a DNS name, an IPv4 address or an IPv6 address in brackets, each with an optional port, and
// perhaps "tcp://" in front.
//
// For a name, the SRV records of "registry.nsm-system.<domain>" and "nsmgr-proxy.nsm-system.<domain>" say the
// ports; the addresses are those of that same name (NSM v1), or of the records' targets if it has none. The
// registry of a domain without SRV record, or that is named with a port, is at the addresses of the domain
// itself. At most 16 addresses are tried.
class DomainResolver final : public Resolver {
 public:
  // `default_port` is for a registry of which no port is known.
  DomainResolver(Dns& dns, uint16_t default_port, std::function<bool(const IpAddress&)> has_route = HasRoute)
      : dns_(dns), default_port_(default_port), has_route_(std::move(has_route)) {}
  absl::StatusOr<std::vector<Url>> FindRegistry(const std::string& domain, absl::Time deadline) override;
  absl::StatusOr<std::vector<Url>> FindProxyNsmgr(const std::string& domain, absl::Time deadline) override;

 private:
  absl::StatusOr<std::vector<Url>> Registry(const HostPort& domain, absl::Time deadline);
  absl::StatusOr<std::vector<Url>> Service(const std::string& name, absl::Time deadline);
  absl::StatusOr<std::vector<IpAddress>> Addresses(const std::string& host, absl::Time deadline);

  Dns& dns_;
  const uint16_t default_port_;
  const std::function<bool(const IpAddress&)> has_route_;
};

}  // namespace nsm::proxy
