// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/hop/entrance.h"

#include "src/nsm/request/authorize.h"
#include "src/nsm/request/timeout.h"
#include "src/nsm/request/update_path.h"
#include "src/nsm/request/update_token.h"

namespace nsm {

Begin& AddEntrance(Chain& chain, Hop& hop) {
  chain.Add<UpdatePath>(hop.name);
  chain.Add<UpdateToken>(hop.identity);
  chain.Add<Authorize>(hop.identity, hop.policies, hop.monitor, hop.clock);
  Begin& begin = chain.Add<Begin>(hop.clock);
  chain.Add<Timeout>(hop.clock, hop.lives);
  return begin;
}

}  // namespace nsm
