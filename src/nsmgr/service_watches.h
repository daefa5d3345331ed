// SPDX-License-Identifier: Apache-2.0
// Watches the network services of established connections, and ends a connection whose endpoint its service
// no longer chooses for the client (NSM v1, netsvcmonitor): the service has changed, or the endpoint has come
// back with other labels. One watch per service, and one for its endpoints if it chooses among them, shared
// by its connections, open as long as there is one and for a second more.
//
// An endpoint is only given up for what the service says: one that is not registered at the time, or a
// service that is not, is no reason.
//
// Threading: thread safe. Look-ups and closes block a worker of the timers each, for as long as they take.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "src/core/clock.h"
#include "src/core/timer_queue.h"
#include "src/nsm/registry/registry_chain.h"
#include "src/nsm/wire/selection.h"

namespace nsm::nsmgr {

class ServiceWatches {
 public:
  using Close = std::function<void()>;
  // What was chosen for a connection, and by which labels of its client.
  struct Choice {
    std::string service;
    std::string endpoint;
    LabelMap client_labels;
  };

  // Everything outlives this.
  ServiceWatches(const RegistryChain<ServiceKind>& services, const RegistryChain<EndpointKind>& endpoints,
                 const Clock& clock, TimerQueue& timers);
  // Ends all watches, and waits until nothing of this runs any more: it goes before the chain that `close`
  // of Watch belongs to.
  ~ServiceWatches();

  // From now on the connection is closed, by `close`, when its service does not choose that endpoint: as it
  // is now, or after a change. Replaces what the connection had before.
  void Watch(const std::string& id, Choice choice, Close close);
  void Forget(const std::string& id);

  // How many connections there are, and how many watches for them.
  size_t connections() const;
  size_t watches() const;

 private:
  class State;
  const std::shared_ptr<State> state_;  // what watches tell may come late
};

}  // namespace nsm::nsmgr
