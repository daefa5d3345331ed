// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/target.h"

#include <functional>
#include <map>

namespace nsm::fuzz {

std::unique_ptr<Target> MakeTarget(absl::string_view name) {
  const std::map<absl::string_view, std::function<std::unique_ptr<Target>()>> targets = {
      {"addresses", MakeAddresses},   {"service_url", MakeServiceUrl},
      {"annotation", MakeAnnotation}, {"address_map", MakeAddressMap},
      {"dns_reply", MakeDnsReply},    {"registry_path", MakeRegistryPath},
      {"reviews", MakeReviews},       {"nsmgr", MakeNsmgr},
      {"forwarder", MakeForwarder},   {"proxy", MakeProxy},
      {"registry", MakeRegistry}};
  auto it = targets.find(name);
  return it == targets.end() ? nullptr : it->second();
}

}  // namespace nsm::fuzz
