// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/monitor/connection_json.h"

namespace nsm {

nlohmann::json ToJson(const Connection& connection) {
  nlohmann::json json = {{"id", connection.id()},
                         {"service", connection.network_service()},
                         {"endpoint", connection.network_service_endpoint_name()},
                         {"payload", connection.payload()},
                         {"state", ::connection::State_Name(connection.state())}};
  for (const PathSegment& segment : connection.path().path_segments()) {
    json["path"].push_back(
        {{"name", segment.name()}, {"id", segment.id()}, {"expires", segment.expires().seconds()}});
  }
  const Mechanism& mechanism = connection.mechanism();
  json["mechanism"] = {
      {"class", mechanism.cls()}, {"type", mechanism.type()}, {"parameters", nlohmann::json::object()}};
  for (const auto& [key, value] : mechanism.parameters()) json["mechanism"]["parameters"][key] = value;
  const auto& ip = connection.context().ip_context();
  json["client_addresses"] = std::vector<std::string>(ip.src_ip_addrs().begin(), ip.src_ip_addrs().end());
  json["endpoint_addresses"] = std::vector<std::string>(ip.dst_ip_addrs().begin(), ip.dst_ip_addrs().end());
  return json;
}

nlohmann::json ToJson(const std::vector<KnownConnection>& connections, absl::Time now) {
  nlohmann::json json = nlohmann::json::array();
  for (const KnownConnection& known : connections) {
    json.push_back(ToJson(known.connection));
    json.back()["age"] = absl::ToInt64Seconds(now - known.since);
  }
  return json;
}

}  // namespace nsm
