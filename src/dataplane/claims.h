// SPDX-License-Identifier: Apache-2.0
// What one end of a connection may have routed to itself in the other end's pod.
//
// A route that is there already stays in use: ours come behind it (netlink/route.h). Three things are left to
// judge. A prefix inside a network of the pod's own would take part of that away, being more specific; as
// would an address that the pod is given itself. Two connections that lead to one prefix behind their peers
// would take from each other, now or when one of them is made anew. And a default route leads everywhere: it
// comes behind the pod's own, unless the pod has asked for it, and stands in nobody's way. A peer's own
// address has precedence of what others lead to, so that nobody can claim it in advance; which addresses
// peers have is for those to say who give them.
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "src/core/default_prefix.h"
#include "src/core/ids.h"
#include "src/core/ip_address.h"
#include "src/dataplane/cross_connect.h"
#include "src/dataplane/kernel.h"

namespace nsm::dataplane {

// Whether adding the route of a connection would take away from one that is there, of the pod or of another
// connection.
bool TakesFrom(const PodRoute& there, const Route& wanted);
// The same for an address of the pod's own.
bool TakesFrom(const PodRoute& there, const IpAddress& own);

// Ids of connections by the host ends of their attachments.
using Owners = std::map<Ifindex, std::string>;

// ALREADY_EXISTS names both: what is new of a connection's routes and addresses would take from the pod or
// from another connection. What is there already it keeps.
absl::Status CheckClaims(const Desired& desired, const Observed& observed, const Owners& owners,
                         Kernel& kernel);

}  // namespace nsm::dataplane
