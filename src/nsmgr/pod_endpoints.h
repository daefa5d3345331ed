// SPDX-License-Identifier: Apache-2.0
// Element: what a pod may register that calls by a door of its own.
//
// Its sockets are in its folder, whatever path that has in the pod: unix:///PATH/NAME becomes NAME in the
// folder as this program and the forwarder see it. The labels that say which pod and node it is are put
// right. A forwarder gets the traffic of all pods, and so is none that a pod registers. A name that another
// pod of this node has stays that one's.
//
// Threading: thread safe.
#pragma once

#include <map>
#include <string>

#include "src/core/mutex.h"
#include "src/nsm/registry/registry_chain.h"
#include "src/nsm/request/client_info.h"

namespace nsm::nsmgr {

class PodEndpoints final : public RegistryElement<EndpointKind> {
 public:
  // `own` are the labels that say where this NSMgr is.
  explicit PodEndpoints(Labels own) : own_(std::move(own)) {}
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<EndpointKind> next) override;
  absl::Status Unregister(Context& context, Entry entry, RegistryNext<EndpointKind> next) override;

  // The pod is gone, and the names of its endpoints are free.
  void Forget(const std::string& uid) EXCLUDES(mutex_);

 private:
  enum class Claim { kNew, kHad, kTaken };
  Claim ClaimName(const std::string& name, const Pod& pod) EXCLUDES(mutex_);
  void FreeName(const std::string& name) EXCLUDES(mutex_);

  const Labels own_;
  Mutex mutex_;
  std::map<std::string, std::string> owners_ GUARDED_BY(mutex_);  // name of an endpoint: uid of its pod
};

}  // namespace nsm::nsmgr
