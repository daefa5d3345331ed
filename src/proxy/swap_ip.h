// SPDX-License-Identifier: Apache-2.0
// Element on the client's side of a tunnel between domains: the other side must see our forwarder's external
// address (NSM v1, "swapip", client side).
//
// In every preference and the mechanism, src_ip becomes orig_src_ip and its external address src_ip; in the
// answer src_ip is the forwarder's own again. What already has orig_src_ip comes from another domain and
// passes as it is.
//
// When that external address is another one since, the connection is down: it is asked for again, with the
// new one.
#pragma once

#include "src/nsm/config/address_map.h"
#include "src/nsm/monitor/connection_monitor.h"
#include "src/nsm/request/chain.h"

namespace nsm::proxy {

class SwapIp final : public Element {
 public:
  // The monitor has the connections as we answer them; it outlives the map.
  SwapIp(AddressMap& addresses, ConnectionMonitor& monitor);
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  // False where there was nothing to swap.
  bool Swap(Mechanism& mechanism) const;

  const AddressMap& addresses_;
};

}  // namespace nsm::proxy
