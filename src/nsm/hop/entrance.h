// SPDX-License-Identifier: Apache-2.0
// The elements that every hop's chain has at its entrance.
#pragma once

#include "src/nsm/hop/hop.h"
#include "src/nsm/request/begin.h"
#include "src/nsm/request/chain.h"

namespace nsm {

// This hop's segment and token in the path; who may ask; one call at a time for each connection, which ends
// with its caller's token. What refuses a caller comes in front of them, all else behind.
Begin& AddEntrance(Chain& chain, Hop& hop);

}  // namespace nsm
