// SPDX-License-Identifier: Apache-2.0
// REMOTE VXLAN: a tunnel to another node (RFC 7348, NSM v1's "vxlan").
//
// The client's side names its address, the endpoint's side adds its own and chooses the VNI. Payload IP is
// carried as Ethernet, which is an agreement between forwarders of this project: others (NSM v1's own among
// them) take VXLAN for payload ETHERNET only, and would accept such a request without building a tunnel. So
// both sides confirm it by a parameter of ours, payload=IP, and without that it is refused.
#pragma once

#include "absl/status/statusor.h"
#include "src/dataplane/dataplane.h"
#include "src/forwarder/mechanism_type.h"

namespace nsm::forwarder {

// What this node's end of every tunnel is.
struct TunnelEnd {
  IpAddress address;
  uint16_t port = 4789;
};

class VxlanMechanism final : public MechanismType {
 public:
  VxlanMechanism(dataplane::Dataplane& dataplane, const TunnelEnd& own)
      : MechanismType(kRemoteVxlan), dataplane_(dataplane), own_(own) {}

  absl::StatusOr<Mechanism> Offer(const Connection& connection) const override;
  // INVALID_ARGUMENT where the peer is none or has another UDP port: a tunnel has one for both directions.
  absl::StatusOr<AgreedLeg> Agree(const Connection& answer) const override;
  std::optional<Mechanism> Recall(const dataplane::CrossConnect& live) const override;
  // As Agree; reserves a VNI.
  absl::StatusOr<AgreedLeg> Accept(const Connection& connection, const Mechanism& offered) const override;
  // By the id in the path, whatever the name beside it, where the tunnel there is the same.
  absl::StatusOr<std::optional<std::string>> FindLive(const Connection& connection,
                                                      const Mechanism& mechanism) const override;
  void Release(const std::string& id) const override;

 private:
  // The peer's address, at its end that has these parameters.
  absl::StatusOr<IpAddress> Peer(const Mechanism& mechanism, const char* ip_key, const char* port_key) const;
  // NSM v1: even if src <= dst, of the original addresses where there are such; what is no address counts as
  // the smallest.
  bool PrefersEvenVni(const Mechanism& mechanism) const;

  dataplane::Dataplane& dataplane_;
  const TunnelEnd own_;
};

}  // namespace nsm::forwarder
