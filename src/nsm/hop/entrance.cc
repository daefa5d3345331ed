// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/hop/entrance.h"

#include "src/nsm/request/timeout.h"
#include "src/nsm/request/update_path.h"
#include "src/nsm/request/update_token.h"

namespace nsm {

Begin& AddEntrance(Chain& chain, Hop& hop) {
  chain.Add<UpdatePath>(hop.name);
  chain.Add<UpdateToken>(hop.tokens);
  Begin& begin = chain.Add<Begin>(hop.clock);
  chain.Add<Timeout>(hop.clock, hop.lives);
  return begin;
}

}  // namespace nsm
