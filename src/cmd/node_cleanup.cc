// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/node_cleanup.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <stop_token>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/core/status_macros.h"

namespace nsm::cmd {
namespace {

using kubernetes::Json;

int NumberAt(const Json& object, const char* path) {
  const Json::json_pointer pointer(path);
  return object.contains(pointer) && object.at(pointer).is_number_integer() ? object.at(pointer).get<int>()
                                                                            : 0;
}

bool IsReady(const Json& pod) {
  const Json::json_pointer pointer("/status/conditions");
  if (!pod.contains(pointer) || !pod.at(pointer).is_array()) return false;
  return std::any_of(pod.at(pointer).begin(), pod.at(pointer).end(), [](const Json& condition) {
    return kubernetes::TextAt(condition, "/type") == "Ready" &&
           kubernetes::TextAt(condition, "/status") == "True";
  });
}

// A pod for which there is no room yet only says where it is to be, as the DaemonSet's controller has put it.
std::string NodeOf(const Json& pod) {
  std::string node = kubernetes::TextAt(pod, "/spec/nodeName");
  if (node.empty()) {
    node = kubernetes::TextAt(pod,
                              "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/"
                              "nodeSelectorTerms/0/matchFields/0/values/0");
  }
  return node.empty() ? kubernetes::Name(pod) : node;
}

}  // namespace

std::string NodeCleanup::ToString() const {
  if (!counted) return "the cluster has not begun yet";
  std::string text = absl::StrCat(clean, " of ", nodes, " nodes are clean");
  if (!nodes_left.empty()) absl::StrAppend(&text, "; not yet: ", absl::StrJoin(nodes_left, ", "));
  return text;
}

NodeCleanup JudgeCleanup(const Json& daemon_set, const std::vector<Json>& pods) {
  NodeCleanup cleanup{.counted = NumberAt(daemon_set, "/status/observedGeneration") >=
                                 std::max(1, NumberAt(daemon_set, "/metadata/generation")),
                      .nodes = NumberAt(daemon_set, "/status/desiredNumberScheduled"),
                      .clean = NumberAt(daemon_set, "/status/numberReady"),
                      .nodes_left = {}};
  for (const Json& pod : pods) {
    if (!IsReady(pod)) cleanup.nodes_left.push_back(NodeOf(pod));
  }
  return cleanup;
}

absl::StatusOr<NodeCleanup> LookAtCleanup(kubernetes::Api& api, const std::string& name_space,
                                          const std::string& name) {
  ASSIGN_OR_RETURN(
      Json daemon_set,
      api.Get({.group = "apps", .version = "v1", .plural = "daemonsets", .name_space = name_space}, name));
  ASSIGN_OR_RETURN(
      kubernetes::ObjectList pods,
      api.List({.resource = {.group = "", .version = "v1", .plural = "pods", .name_space = name_space},
                .label_selector = absl::StrCat("app.kubernetes.io/component=", name),
                .field_selector = ""},
               std::stop_token()));
  return JudgeCleanup(daemon_set, pods.items);
}

absl::Status RemoveSocketFolder(const std::string& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> sockets;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.is_socket(error)) sockets.push_back(entry.path());
  }
  for (const std::filesystem::path& socket : sockets) std::filesystem::remove(socket, error);
  std::filesystem::remove(folder, error);
  if (!error || error == std::errc::directory_not_empty || error == std::errc::no_such_file_or_directory) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(error.value(), absl::StrCat("removing the folder ", folder));
}

}  // namespace nsm::cmd
