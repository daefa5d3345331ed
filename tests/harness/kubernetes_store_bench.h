// SPDX-License-Identifier: Apache-2.0
// Two replicas of a registry whose entries are objects of an API server.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <thread>

#include "src/kubernetes/api.h"
#include "src/registry/kubernetes_store.h"
#include "tests/harness/store_bench.h"

namespace nsm::registry {

class KubernetesStoreBench : public StoreBench {
 public:
  // The API outlives this.
  KubernetesStoreBench(kubernetes::Api& api, const std::string& name_space) {
    for (auto& replica : replicas_) replica = std::make_unique<Replica>(api, name_space, clock_);
  }

  KubernetesStore<ServiceKind>& services(int replica) override { return replicas_.at(replica)->services; }
  KubernetesStore<EndpointKind>& endpoints(int replica) override { return replicas_.at(replica)->endpoints; }
  FakeClock& clock() override { return clock_; }
  void RunDue() override {
    for (auto& replica : replicas_) replica->timers.RunDue();
  }
  void AwaitFollowing(bool is_followed = true) {
    for (auto& replica : replicas_) {
      while (replica->services.state().ok() != is_followed) std::this_thread::yield();
      while (replica->endpoints.state().ok() != is_followed) std::this_thread::yield();
    }
  }

 private:
  struct Replica {
    Replica(kubernetes::Api& api, const std::string& name_space, const Clock& clock)
        : timers(clock),
          services(api, name_space, clock, timers),
          endpoints(api, name_space, clock, timers) {}
    TimerQueue timers;
    KubernetesStore<ServiceKind> services;
    KubernetesStore<EndpointKind> endpoints;
  };

  FakeClock clock_;
  std::array<std::unique_ptr<Replica>, 2> replicas_;
};

}  // namespace nsm::registry
