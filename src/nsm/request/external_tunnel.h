// SPDX-License-Identifier: Apache-2.0
// Element on the endpoint's side of a tunnel between domains: the client's domain has set orig_src_ip, so
// what goes back to it is our external address (NSM v1, "swapip", server side).
//
// The request loses dst_ip, which the forwarder here sets anew; in the answer orig_dst_ip is the forwarder's
// own address and dst_ip the external one. Requests of our own domain pass as they are.
//
// When that external address is another one since, the connection is down: it is asked for again, and told
// the new one.
#pragma once

#include "src/nsm/config/address_map.h"
#include "src/nsm/monitor/connection_monitor.h"
#include "src/nsm/request/chain.h"

namespace nsm {

class ExternalTunnel final : public Element {
 public:
  // The monitor has the connections as we answer them; it outlives the map.
  ExternalTunnel(AddressMap& addresses, ConnectionMonitor& monitor);
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  const AddressMap& addresses_;
};

}  // namespace nsm
