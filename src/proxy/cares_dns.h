// SPDX-License-Identifier: Apache-2.0
// Dns by c-ares.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/core/url.h"
#include "src/proxy/dns.h"

namespace nsm::proxy {

class CaresDns final : public Dns {
 public:
  // `servers` are addresses with optional ports, asked in order; without any, those of /etc/resolv.conf.
  static absl::StatusOr<std::unique_ptr<CaresDns>> Create(const std::vector<HostPort>& servers);
  ~CaresDns() override;
  // Asks for A records.
  absl::StatusOr<std::vector<IpAddress>> FindAddresses(const std::string& host, absl::Time deadline) override;

 private:
  explicit CaresDns(std::string servers) : servers_(std::move(servers)) {}

  const std::string servers_;  // as c-ares takes them: "192.0.2.1:53,[2001:db8::1]:53"
};

}  // namespace nsm::proxy
