// SPDX-License-Identifier: Apache-2.0
// Element on the client's side of a tunnel between domains: the other side must see our forwarder's external
// address (NSM v1, "swapip", client side).
//
// In every preference and the mechanism, src_ip becomes orig_src_ip and its external address src_ip; in the
// answer src_ip is the forwarder's own again. What already has orig_src_ip comes from another domain and
// passes as it is.
#pragma once

#include "src/nsm/config/address_map.h"
#include "src/nsm/request/chain.h"

namespace nsm::proxy {

class SwapIp final : public Element {
 public:
  explicit SwapIp(const AddressMap& addresses) : addresses_(addresses) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  // False where there was nothing to swap.
  bool Swap(Mechanism& mechanism) const;

  const AddressMap& addresses_;
};

}  // namespace nsm::proxy
