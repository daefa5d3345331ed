// SPDX-License-Identifier: Apache-2.0
// The MAC address of a pod's interface that carries payload ETHERNET.
//
// An interface that is made anew has the one that it had, so that what its peers remember of it stays true.
#pragma once

#include "src/dataplane/cross_connect.h"
#include "src/forwarder/ip_context.h"
#include "src/nsm/wire/wire.h"

namespace nsm::forwarder {

// Gives a pod's interface the MAC address that belongs to the connection, to this hop of its path, since a
// pod may have several hops of one path, and to the side: locally administered, the last bit says which side.
// The path must hold its index.
void UseStableMac(const Path& path, Side side, dataplane::Attachment& attachment);

}  // namespace nsm::forwarder
