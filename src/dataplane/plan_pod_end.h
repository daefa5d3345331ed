// SPDX-License-Identifier: Apache-2.0
// The part of a plan that is about the pod's end of one pair.
//
// The kernel takes more away than it is told to: with its last IPv4 address a link loses all IPv4 routes and
// neighbours, with the first address of a subnet (IPv4) the others of that subnet, with an MTU too small for
// IPv6 all that is IPv6, with its MAC address, even for the same one, its neighbours. What would go like this
// is taken away by steps of its own and added again, so that it is there afterwards, and that undoing the
// plan brings it back. Where nothing goes, what is new is added before the old is taken away.
#pragma once

#include <vector>

#include "src/dataplane/cross_connect.h"
#include "src/dataplane/op.h"
#include "src/dataplane/plan.h"

namespace nsm::dataplane {

inline constexpr uint32_t kLeastIpv6Mtu = 1280;  // RFC 8200; below it Linux has no IPv6 on a link

// Whether it has addresses or routes of IPv6.
bool SpeaksIpv6(const Attachment& attachment);

// Appends to `ops`. `attachment` is one side of `wanted`, `built` how it is or will be made, and `kept` what
// is there of it; null: it is made anew.
void PlanPodEnd(const CrossConnect& wanted, const Attachment& attachment, const BuiltAttachment& built,
                const ObservedAttachment* kept, std::vector<Op>& ops);

// The steps that take away what the pod's end of a pair has, for it would be in the way of its successor in
// the same namespace: that has the same routes, which would come second, and the kernel takes no IPv6 next
// hop that is reached by another link.
void PlanEmptying(const BuiltAttachment& built, const ObservedPodEnd& there, std::vector<Op>& ops);

}  // namespace nsm::dataplane
