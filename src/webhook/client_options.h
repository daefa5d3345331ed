// SPDX-License-Identifier: Apache-2.0
// What the client that is put into pods is, and how it reaches its node's NSMgr.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "src/webhook/json_edit.h"

namespace nsm::webhook {

struct ClientOptions {
  std::string image;  // with the programs nsc and nsmctl
  std::string pull_policy = "IfNotPresent";
  Json resources = Json::object();                 // requests and limits of the container
  std::map<std::string, std::string> environment;  // in addition, or instead of what is set anyway
  bool insecure = false;                           // it speaks plaintext
  // Whether the API server knows sidecars that start before the pod's own containers and end after them:
  // initContainers[].restartPolicy, Kubernetes 1.29. An older one drops the field without a word.
  bool native_sidecars = true;
  std::string csi_driver;                              // that gives the pod its folder; empty: hostPath
  std::string folder = "/var/lib/networkservicemesh";  // on the node, with the NSMgr's socket
  int64_t user = 64001;                                // that it runs as
};

}  // namespace nsm::webhook
