// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/introspection.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"

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
