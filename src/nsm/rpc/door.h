// SPDX-License-Identifier: Apache-2.0
// An address at which a program can be called, what is behind it and who comes in there.
//
// Who calls is known from the door that accepted the call: a socket's path and its permissions decide who can
// open it, and no text of an address does.
#pragma once

#include <memory>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "src/core/pod.h"
#include "src/core/url.h"
#include "src/nsm/identity/identity.h"

namespace nsm {

enum class Entrants {
  kOthers,    // other nodes and other domains: whoever reaches the address
  kNode,      // the programs and pods of this node, by a unix socket
  kPod,       // one pod of this node, by a unix socket that no other has
  kOperator,  // who looks after this program, by a unix socket or on the loopback device
};

enum class Behind {
  kConnections,    // NetworkService and MonitorConnection
  kRegistry,       // NetworkServiceRegistry and NetworkServiceEndpointRegistry
  kIntrospection,  // our own; never for others, nor for one pod, as it shows all
};

struct Door {
  Url url;
  std::set<Behind> services = {};
  Entrants entrants = Entrants::kOthers;
  std::shared_ptr<const Pod> pod = nullptr;  // which it is; kPod alone
  Peers peers = Peers::kOwnDomain;           // of which trust domains; kFederated for others alone
};

// A door for each address: unix sockets are for this node and have introspection beside the services, TCP
// addresses are for others. Those of `admin` are the operator's, who has introspection and the registry, if
// it is among the services, but no connections. `others`: of which trust domains those may be.
std::vector<Door> Doors(const std::vector<Url>& urls, const std::set<Behind>& services,
                        const std::vector<Url>& admin = {}, Peers others = Peers::kOwnDomain);

// INVALID_ARGUMENT, naming the address, for a door that lets in others than it says, or others to what is
// not theirs.
absl::Status Check(const Door& door);

}  // namespace nsm
