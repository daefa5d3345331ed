// SPDX-License-Identifier: Apache-2.0
#include "src/endpoint/chain.h"

#include "src/endpoint/accept_kernel.h"
#include "src/endpoint/trim_path.h"
#include "src/nsm/hop/entrance.h"
#include "src/nsm/request/tell_monitor.h"

namespace nsm::endpoint {

Begin& Compose(Chain& chain, Hop& hop, Ipam& ipam, IpamPolicy policy, const std::vector<IpPrefix>& routes,
               const OwnSide& own) {
  Begin& begin = AddEntrance(chain, hop);
  chain.Add<TellMonitor>(hop.monitor);
  chain.Add<TrimPath>();
  chain.Add<PointToPoint>(ipam, policy, routes);
  chain.Add<AcceptKernel>(own);
  return begin;
}

}  // namespace nsm::endpoint
