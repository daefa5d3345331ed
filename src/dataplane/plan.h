// SPDX-License-Identifier: Apache-2.0
// Decides what to do. Pure: everything it knows is in its arguments.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "src/dataplane/cross_connect.h"
#include "src/dataplane/op.h"
#include "src/dataplane/record.h"

namespace nsm::dataplane {

// What is wanted, with what only the kernel and chance can tell.
struct Desired {
  CrossConnect cross_connect;          // `guarded` already says whether sources are enforced
  std::array<NetnsCookie, 2> cookies;  // of the namespaces of client and endpoint, where they are attachments
  std::array<Ifindex, 2> unused_indexes;  // for attachments that have to be made
};

// The pod's end of a pair, as found in its namespace.
struct ObservedPodEnd {
  std::string name;
  std::string alias;
  uint32_t mtu = 0;
  bool up = false;
  bool guarded = false;   // the pod guard is attached
  bool ipv6_off = false;  // the kernel speaks no IPv6 on it, though it could
  MacAddress mac;
  std::vector<Neighbor> neighbors;  // permanent
  std::vector<IpPrefix> addresses;  // global and permanent
  std::vector<Route> routes;        // ours
};

struct ObservedAttachment {
  bool host_end = false;  // the host end is there, and not about to be deleted
  bool host_up = false;
  uint32_t host_mtu = 0;
  MacAddress host_mac;      // the one that the pod's end was made with, if that was ours to choose
  bool host_guard = false;  // with the program of this process
  std::optional<ObservedPodEnd> pod_end;  // none: not there, or its namespace is another one now
  std::vector<IpPrefix> allowed_sources;
  std::optional<Egress> egress;
};

// What is there of a recorded cross-connect.
struct Observed {
  std::optional<Record> record;
  // By leg of the record, where it is of that kind.
  std::array<std::optional<ObservedAttachment>, 2> attachments;
  std::array<std::optional<Ingress>, 2> ingress;
};

// The steps that lead from what is there to what is wanted, in an order in which no packet passes unguarded
// or reaches the node's own stack, what exists keeps working until its replacement does, and every step
// before the first one without an Inverse can be undone. Where nothing is missing the only step is the
// record's, and that only if the expiry has changed.
std::vector<Op> Plan(const Desired& desired, const Observed& observed);
// Whether both ends of every attachment are there, in place and name as wanted, so that Plan makes none anew.
bool IsStanding(const Desired& desired, const Observed& observed);
// The steps after which nothing of a pod gets into the node's stack, and packets pass again.
std::vector<Op> PlanHostEnds(const Record& record, const Observed& observed);
// The steps that remove a cross-connect: traffic stops first.
std::vector<Op> PlanRemoval(const Record& record);

}  // namespace nsm::dataplane
