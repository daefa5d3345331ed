// SPDX-License-Identifier: Apache-2.0
// A name system by hand.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "src/proxy/dns.h"

namespace nsm::proxy {

class FakeDns final : public Dns {
 public:
  absl::StatusOr<std::vector<IpAddress>> FindAddresses(const std::string& host,
                                                       absl::Time deadline) override {
    return Answer(host, hosts, deadline);
  }
  absl::StatusOr<std::vector<SrvRecord>> FindServices(const std::string& name, absl::Time deadline) override {
    return Answer(name, services, deadline);
  }
  void AddHost(const std::string& host, const std::vector<std::string>& addresses) {
    for (const std::string& address : addresses) hosts[host].push_back(IpAddress::Parse(address).value());
  }

  std::map<std::string, std::vector<IpAddress>> hosts;
  std::map<std::string, std::vector<SrvRecord>> services;
  std::map<std::string, absl::Status> errors;  // for a name, whatever is asked
  std::vector<std::string> asked;
  std::vector<absl::Time> deadlines;

 private:
  template <typename Record>
  absl::StatusOr<std::vector<Record>> Answer(const std::string& name,
                                             const std::map<std::string, std::vector<Record>>& known,
                                             absl::Time deadline) {
    asked.push_back(name);
    deadlines.push_back(deadline);
    if (auto it = errors.find(name); it != errors.end()) return it->second;
    auto it = known.find(name);
    if (it == known.end()) return absl::NotFoundError("asking for " + name + ": no such name");
    return it->second;
  }
};

}  // namespace nsm::proxy
