// SPDX-License-Identifier: Apache-2.0
// Element: negotiates the mechanisms of both sides of a connection and has the dataplane join them.
//
// What goes up carries the caller's mechanism, what goes down ours towards the next hop. The kernel is
// changed only when the next hop has agreed; if that fails, the next hop is told to close.
#pragma once

#include <optional>
#include <string>

#include "src/core/clock.h"
#include "src/dataplane/dataplane.h"
#include "src/forwarder/mechanisms.h"
#include "src/nsm/request/chain.h"

namespace nsm::forwarder {

class JoinLegs final : public Element {
 public:
  JoinLegs(dataplane::Dataplane& dataplane, const Mechanisms& mechanisms, const Clock& clock)
      : dataplane_(dataplane), mechanisms_(mechanisms), clock_(clock) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  // Request, but that something may stay reserved.
  absl::StatusOr<Connection> Negotiate(Context& context, const NetworkServiceRequest& request, Next next);
  // The caller's side.
  absl::StatusOr<AgreedLeg> Accept(const NetworkServiceRequest& request) const;
  // What to ask of the next hop.
  absl::StatusOr<NetworkServiceRequest> Outgoing(const Context& context,
                                                 const NetworkServiceRequest& request) const;
  // Asks the next hop and joins. `is_vni_taken`: it has failed since the VNI that the next hop chose is taken
  // here; its own errors may have the same code.
  absl::StatusOr<Connection> AskAndJoin(Context& context, const NetworkServiceRequest& request,
                                        const AgreedLeg& caller, Next next, bool& is_vni_taken);
  absl::Status Join(const Connection& answer, const AgreedLeg& caller, uint32_t mtu, const AgreedLeg& next);

  dataplane::Dataplane& dataplane_;
  const Mechanisms& mechanisms_;
  const Clock& clock_;
};

}  // namespace nsm::forwarder
