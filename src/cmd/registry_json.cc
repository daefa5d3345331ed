// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/registry_json.h"

#include <string>

namespace nsm::cmd {

nlohmann::json ToJson(const std::vector<NetworkService>& services) {
  nlohmann::json json = nlohmann::json::array();
  for (const NetworkService& service : services) {
    json.push_back(
        {{"name", service.name()}, {"payload", service.payload()}, {"matches", service.matches_size()}});
  }
  return json;
}

nlohmann::json ToJson(const std::vector<NetworkServiceEndpoint>& endpoints) {
  nlohmann::json json = nlohmann::json::array();
  for (const NetworkServiceEndpoint& endpoint : endpoints) {
    const auto& services = endpoint.network_service_names();
    const auto& path_ids = endpoint.path_ids();
    json.push_back({{"name", endpoint.name()},
                    {"services", std::vector<std::string>(services.begin(), services.end())},
                    {"url", endpoint.url()},
                    {"expires", endpoint.expiration_time().seconds()},
                    {"registered", endpoint.initial_registration_time().seconds()},
                    {"path_ids", std::vector<std::string>(path_ids.begin(), path_ids.end())}});
  }
  return json;
}

}  // namespace nsm::cmd
