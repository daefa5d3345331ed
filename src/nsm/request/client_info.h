// SPDX-License-Identifier: Apache-2.0
// Element: adds labels that say where the client is (nodeName, podName, clusterName), where they are missing.
#pragma once

#include <map>
#include <string>

#include "src/nsm/request/chain.h"

namespace nsm {

using Labels = std::map<std::string, std::string>;

// From the environment variables NODE_NAME, POD_NAME and CLUSTER_NAME, those that are set.
Labels LabelsFromEnvironment();

class ClientInfo final : public Element {
 public:
  explicit ClientInfo(Labels labels) : labels_(std::move(labels)) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override {
    // insert() keeps what is there.
    for (const auto& [key, value] : labels_)
      request.mutable_connection()->mutable_labels()->insert({key, value});
    return next.Request(context, std::move(request));
  }

 private:
  const Labels labels_;
};

}  // namespace nsm
