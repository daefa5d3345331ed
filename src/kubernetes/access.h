// SPDX-License-Identifier: Apache-2.0
// Where a cluster's API server is, and what it knows us by.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "src/core/url.h"

namespace nsm::kubernetes {

// A text that is given, or the file that it is read from each time it is needed; both empty: none.
struct TextSource {
  bool empty() const { return text.empty() && file.empty(); }
  // UNAVAILABLE: the file cannot be read.
  absl::StatusOr<std::string> Read() const;
  std::string text;
  std::string file;  // wins
};

struct Access {
  std::string ToString() const;  // for messages: "https://10.96.0.1:443"

  HostPort server;
  bool tls = true;
  std::string path;    // before every path of the API; "" or "/k8s/clusters/c-1"
  TextSource ca;       // PEM; none: the system's
  bool verify = true;  // whether the server must prove who it is
  std::string
      server_name;         // the name in its certificate, where the server's host is but an address; or empty
  TextSource token;        // bearer token
  TextSource certificate;  // the client's, PEM, with its chain
  TextSource key;          // of that, PEM
  std::string name_space = "default";  // of the pod, or of the kubeconfig's context
};

// What kubelet gives each container (Kubernetes, "Accessing the Kubernetes API from a Pod"):
// KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT and the service account's folder. NOT_FOUND: this is no
// container of a cluster.
absl::StatusOr<Access> InCluster(const std::string& folder = "/var/run/secrets/kubernetes.io/serviceaccount");

// By the kubeconfig at that path; empty: InCluster.
absl::StatusOr<Access> FindAccess(const std::string& kubeconfig);

}  // namespace nsm::kubernetes
