// SPDX-License-Identifier: Apache-2.0
// Element: adds labels that say where the client is (nodeName, podName, clusterName), where they are missing.
// Where the door says which pod calls, what it says of itself does not count.
#pragma once

#include <map>
#include <string>

#include "src/nsm/request/chain.h"

namespace nsm {

using Labels = std::map<std::string, std::string>;

// Keys of upstream's.
inline constexpr char kNodeName[] = "nodeName";
inline constexpr char kPodName[] = "podName";
inline constexpr char kClusterName[] = "clusterName";

// From the environment variables NODE_NAME, POD_NAME and CLUSTER_NAME, those that are set.
Labels LabelsFromEnvironment();

// Puts the names of a pod and of its node, which are among `own` labels, in the place of others.
template <typename LabelsMap>
void SetPod(const Pod& pod, const Labels& own, LabelsMap& labels) {
  labels[kPodName] = pod.name;
  if (auto node = own.find(kNodeName); node != own.end()) labels[kNodeName] = node->second;
}

class ClientInfo final : public Element {
 public:
  explicit ClientInfo(Labels labels) : labels_(std::move(labels)) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override {
    auto& labels = *request.mutable_connection()->mutable_labels();
    if (context.caller.pod != nullptr) SetPod(*context.caller.pod, labels_, labels);
    // insert() keeps what is there.
    for (const auto& [key, value] : labels_) labels.insert({key, value});
    return next.Request(context, std::move(request));
  }

 private:
  const Labels labels_;
};

}  // namespace nsm
