// SPDX-License-Identifier: Apache-2.0
// Keeps an endpoint registered: refreshes it before it expires, and registers again when the registry that
// it watches itself in has lost it or has gone.
//
// Threading: one thread of its own. Destroying it stops that and leaves the registration as it is.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "src/core/clock.h"
#include "src/core/mutex.h"
#include "src/nsm/registry/grpc_registry.h"
#include "src/nsm/rpc/channel_pool.h"

namespace nsm {

class Registration {
 public:
  // `services` are registered before the endpoint, each time.
  Registration(ChannelPool& channels, const Url& registry, NetworkServiceEndpoint endpoint,
               std::vector<NetworkService> services, const Clock& clock);
  ~Registration();

  // Ends the refreshing and takes the endpoint (not its services) out of the registry.
  absl::Status Unregister(absl::Time deadline) EXCLUDES(mutex_);
  bool is_registered() const EXCLUDES(mutex_);

 private:
  class Watch;

  void Run() EXCLUDES(mutex_);
  // Registers and answers how soon to do it again.
  absl::StatusOr<absl::Duration> Register();
  std::shared_ptr<Watch> StartWatch();
  // Waits for the end of this object (false), for so long, or for the end of the watch.
  bool Wait(absl::Duration pause, const Watch* watch) EXCLUDES(mutex_);
  void Stop() EXCLUDES(mutex_);

  const NetworkServiceEndpoint endpoint_;
  const std::vector<NetworkService> services_;
  const Clock& clock_;
  RegistryChain<ServiceKind> service_registry_;
  RegistryChain<EndpointKind> endpoint_registry_;
  RegistryPath path_;  // of the last registration; only used by the thread, and after its end
  mutable Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool registered_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace nsm
