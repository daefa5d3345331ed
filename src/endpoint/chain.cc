// SPDX-License-Identifier: Apache-2.0
#include "src/endpoint/chain.h"

#include "src/endpoint/kernel_mechanism.h"
#include "src/nsm/monitor.h"
#include "src/nsm/timeout.h"
#include "src/nsm/trim_path.h"
#include "src/nsm/update_path.h"
#include "src/nsm/update_token.h"

namespace nsm::endpoint {

Begin& Compose(Chain& chain, Hop& hop, Ipam& ipam, IpamPolicy policy, const std::vector<IpPrefix>& routes,
               const NetnsInode& netns) {
  chain.Add<UpdatePath>(hop.name);
  chain.Add<UpdateToken>(hop.tokens);
  Begin& begin = chain.Add<Begin>(hop.clock);
  chain.Add<Timeout>(hop.timers);
  chain.Add<Monitor>(hop.monitor);
  chain.Add<TrimPath>();
  chain.Add<PointToPoint>(ipam, policy, routes);
  chain.Add<KernelMechanism>(netns);
  return begin;
}

}  // namespace nsm::endpoint
