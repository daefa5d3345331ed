// SPDX-License-Identifier: Apache-2.0
// Decides what is done to the kernel for one cross-connect: from what is wanted and what is there, the steps
// in between. Pure: everything it knows is in its arguments.
//
// The order of things:
//   1. The record, first of all: whoever starts after a crash finds by it whatever comes next.
//   2. A pair that is missing, or is not the wanted one, is made beside the old. Its host end is guarded
//      before it is up, and up before anything sends there: nothing of a pod ever reaches the node's own
//      stack.
//   3. Sources that a guarded pod may use; new ones before old ones go. Where the pod's connections lead to,
//   a
//      displaced pair's before that of the new one, which would come second.
//   4. The maps, by which packets change over to the new state from one to the next. Ingress and egress of a
//      leg are put once the pair that they lead to is there.
//   5. In the pod: a displaced end in the same namespace is emptied, since the new one has the same routes;
//      then guards, MTU, MAC address, addresses, neighbours, routes (plan_pod_end.h).
//   6. What has been displaced goes: the tunnel's map entry, the pair. These have no Inverse, and come last.
// Where all is as wanted, no step is left but the record's, for another expiry. A removal is the other way
// round: traffic first, the record last.
//
// What can go wrong:
//   - A step fails: those before it are undone in reverse, and what was there before works as before. Where
//     one of step 6 fails, the new state stands, and what is left of the old is in nobody's way.
//   - We die in between: the record has the new legs, and what is there is observed anew; the next plan goes
//     on from there. A pair of which no record knows is removed at the start.
//   - A pod does with its end what it likes, also after we have looked: a step fails or does less than it
//     says, and the next plan, from what is there then, mends it.
//   - The namespace is gone, or another one has its inode: its cookie says so, and what was there counts as
//     not there.
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
  bool arrivals = false;  // the arrival guard is
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
  std::vector<IpPrefix> ways_back;
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
