// SPDX-License-Identifier: Apache-2.0
// Default routes over a connection. One that the other side gives comes behind the pod's own, which stays in
// use. Where the pod's program has asked for it (mechanism parameter default_route, which never leaves the
// node), it is put as two halves: more specific than the pod's own, and touching it no more than the other.
#pragma once

#include "absl/status/status.h"
#include "src/dataplane/cross_connect.h"
#include "src/forwarder/ip_context.h"
#include "src/nsm/wire/wire.h"

namespace nsm::forwarder {

// Makes what counts as a default route among the routes of a pod's interface, whose mechanism this is, one
// for each family, or its halves. FAILED_PRECONDITION: a client has asked for one, and its endpoint gives
// none.
absl::Status UseDefaultRoutes(const Mechanism& mechanism, Side side, dataplane::Attachment& attachment);

}  // namespace nsm::forwarder
