// SPDX-License-Identifier: Apache-2.0
// Dns by c-ares.
//
// The servers are asked in order: the next one when the one before has failed or has said nothing for a
// moment, while that one may still answer. The first answer that is of use counts, also "no such name".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/core/url.h"
#include "src/proxy/dns.h"

namespace nsm::proxy {

class CaresDns final : public Dns {
 public:
  // `servers` are addresses with optional ports; without any, those of /etc/resolv.conf are asked.
  static absl::StatusOr<std::unique_ptr<CaresDns>> Create(const std::vector<HostPort>& servers);
  ~CaresDns() override;
  absl::StatusOr<std::vector<IpAddress>> FindAddresses(const std::string& host, absl::Time deadline) override;
  absl::StatusOr<std::vector<SrvRecord>> FindServices(const std::string& name, absl::Time deadline) override;

 private:
  explicit CaresDns(std::vector<HostPort> servers) : servers_(std::move(servers)) {}
  absl::StatusOr<std::vector<HostPort>> Servers() const;

  const std::vector<HostPort> servers_;
};

}  // namespace nsm::proxy
