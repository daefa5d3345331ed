// SPDX-License-Identifier: Apache-2.0
// What a program serves, at which doors, and how it stops: the chain, the gRPC services of connections and
// registries, introspection, and health.
//
// A door has one gRPC server of its own, with services that know by which door they are called. Health tells
// of the services behind the door alone.
//
// Stop is one way for all: streams end with UNAVAILABLE, so that peers come back to our successor; no timer
// starts anything; calls that run get a second; then what they, and timers, still wait for at other programs
// is cancelled, so that a peer that hangs holds up nobody. Connections stay as they are. The channels end
// with the hop.
//
// Threading: from one thread, but for AddDoor and RemoveDoor.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "src/core/mutex.h"
#include "src/nsm/hop/hop.h"
#include "src/nsm/registry/registry_chain.h"
#include "src/nsm/request/begin.h"
#include "src/nsm/request/chain.h"
#include "src/nsm/request/outcomes.h"
#include "src/nsm/rpc/door.h"
#include "src/nsm/rpc/introspection.h"

namespace nsm {

class HopServer {
 public:
  // The hop outlives this.
  explicit HopServer(Hop& hop);
  ~HopServer();  // stops

  // To be composed before Open; what the elements work with outlives this.
  Chain& chain() { return chain_; }
  // Sections for what a program with this chain holds. `begin` is the chain's.
  void ShowConnections(const Begin& begin);
  // What is behind Behind::kRegistry; they outlive this.
  void SetRegistries(const RegistryChain<ServiceKind>& services,
                     const RegistryChain<EndpointKind>& endpoints);
  // Further sections of what the program holds.
  Introspection& introspection() { return introspection_; }

  // Serves at all doors, or at none of them. INVALID_ARGUMENT where there is none or one is not what it
  // says, UNAVAILABLE where it cannot listen.
  absl::Status Open(const std::vector<Door>& doors);
  // A door more, or one less: its streams end, and calls get a second to. Behind a door that is removed
  // nothing else changes. After Open, from any thread; none is added to a server that stops: CANCELLED.
  absl::Status AddDoor(const Door& door) EXCLUDES(mutex_);
  void RemoveDoor(const Url& url) EXCLUDES(mutex_);
  // Before anything goes that the chain or timers work with. Takes a few seconds at most.
  void Stop();

 private:
  struct Room;
  absl::StatusOr<std::shared_ptr<Room>> OpenDoor(const Door& door);
  // All that there are; from then on there are no others.
  std::vector<std::shared_ptr<Room>> TakeRooms() EXCLUDES(mutex_);
  static void CloseRooms(const std::vector<std::shared_ptr<Room>>& rooms);

  Hop& hop_;
  Outcomes outcomes_{hop_.clock};
  Chain chain_;
  const RegistryChain<ServiceKind>* services_ = nullptr;
  const RegistryChain<EndpointKind>* endpoints_ = nullptr;
  Introspection introspection_{hop_.name};
  Mutex mutex_;
  std::vector<std::shared_ptr<Room>> rooms_ GUARDED_BY(mutex_);
  bool is_open_ GUARDED_BY(mutex_) = false;
};

}  // namespace nsm
