// SPDX-License-Identifier: Apache-2.0
// What is put into a pod: the containers and volumes of its client. They meet Pod Security's level
// "restricted", but for the volume where that is a hostPath.
#pragma once

#include <vector>

#include "src/client/service_url.h"
#include "src/webhook/client_options.h"

namespace nsm::webhook {

// Names in the pod, which its own containers and volumes cannot have.
inline constexpr char kClientContainer[] = "nsm-client";
inline constexpr char kInitContainer[] = "nsm-client-init";
inline constexpr char kSocketVolume[] = "nsm-client-socket";
inline constexpr char kOwnVolume[] = "nsm-client-run";

struct ClientContainers {
  Json first;                 // of the init containers
  Json last;                  // of the containers; null: none
  std::vector<Json> volumes;  // with what is in them
};

// With native sidecars one container does it all: the next one starts when its startup probe has succeeded,
// which it does when all services are connected. Without them an init container connects, and leaves the
// connections to a container beside the pod's own (nsc --once).
ClientContainers MakeClientContainers(const std::vector<client::ServiceUrl>& services,
                                      const ClientOptions& options);

}  // namespace nsm::webhook
