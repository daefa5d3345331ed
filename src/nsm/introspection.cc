// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/introspection.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "src/nsm/path.h"

namespace nsm {
namespace {

namespace fs = std::filesystem;

// From what /proc/self/fd/N points at: "socket:[1]", "anon_inode:bpf-map", "net:[1]", "/some/file".
std::string KindOfDescriptor(const std::string& target) {
  if (absl::StartsWith(target, "socket:")) return "socket";
  if (absl::StartsWith(target, "pipe:")) return "pipe";
  if (absl::StartsWith(target, "net:")) return "netns";
  if (absl::StartsWith(target, "anon_inode:")) {
    std::string kind = target.substr(sizeof("anon_inode:") - 1);
    std::erase_if(kind, [](char c) { return c == '[' || c == ']'; });
    return kind;
  }
  return "file";
}

size_t Threads() {
  std::error_code error;
  return std::distance(fs::directory_iterator("/proc/self/task", error), fs::directory_iterator());
}

}  // namespace

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

nlohmann::json ProcessToJson() {
  std::map<std::string, int> descriptors;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc/self/fd", error)) {
    std::string target = fs::read_symlink(entry.path(), error).string();
    // The iterator's own descriptor is the only one on /proc.
    if (!error && !absl::StartsWith(target, "/proc/")) ++descriptors[KindOfDescriptor(target)];
  }
  return {{"descriptors", descriptors}, {"threads", Threads()}};
}

nlohmann::json Introspection::Dump() const {
  nlohmann::json json = {{"name", name_}, {"process", ProcessToJson()}};
  for (const auto& [section, make] : sections_) json[section] = make();
  return json;
}

grpc::Status Introspection::Dump(grpc::ServerContext*, const ::nsm::introspection::DumpRequest*,
                                 ::nsm::introspection::DumpResponse* response) {
  response->set_json(Dump().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  return grpc::Status::OK;
}

}  // namespace nsm
