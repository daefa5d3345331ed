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
// Threading: from one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
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
  // Before anything goes that the chain or timers work with. Takes a few seconds at most.
  void Stop();

 private:
  struct Room;
  absl::Status OpenDoor(const Door& door);
  void EndStreams();
  void CloseDoors();

  Hop& hop_;
  Outcomes outcomes_{hop_.clock};
  Chain chain_;
  const RegistryChain<ServiceKind>* services_ = nullptr;
  const RegistryChain<EndpointKind>* endpoints_ = nullptr;
  Introspection introspection_{hop_.name};
  std::vector<std::unique_ptr<Room>> rooms_;
};

}  // namespace nsm
