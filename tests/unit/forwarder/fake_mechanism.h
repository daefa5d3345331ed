// SPDX-License-Identifier: Apache-2.0
// A mechanism that agrees to everything unless told otherwise, and remembers. Its legs are tunnels by a port
// of its own.
#pragma once

#include <string>
#include <vector>

#include "src/forwarder/mechanism_type.h"

namespace nsm::forwarder {

// For a second one between nodes.
inline constexpr MechanismKind kRemoteWireguard{"REMOTE", "WIREGUARD"};

class FakeMechanism final : public MechanismType {
 public:
  static constexpr uint16_t kPort = 51820;

  explicit FakeMechanism(const MechanismKind& kind) : MechanismType(kind) {}

  absl::StatusOr<Mechanism> Offer(const Connection&) const override {
    if (!offer_answer.ok()) return offer_answer;
    return MakeMechanism(kind());
  }
  absl::StatusOr<AgreedLeg> Agree(const Connection& answer) const override {
    if (!agree_answer.ok()) return agree_answer;
    return AgreedLeg{.mechanism = answer.mechanism(), .leg = Leg(), .mtu = mtu};
  }
  std::optional<Mechanism> Recall(const dataplane::CrossConnect& live) const override {
    const auto* tunnel = std::get_if<dataplane::Tunnel>(&live.endpoint);
    if (tunnel == nullptr || tunnel->port != kPort) return std::nullopt;
    Mechanism mechanism = MakeMechanism(kind());
    (*mechanism.mutable_parameters())["live"] = live.id;
    return mechanism;
  }
  absl::StatusOr<AgreedLeg> Accept(const Connection&, const Mechanism& offered) const override {
    asked.push_back(offered);
    if (!accept_answer.ok()) return accept_answer;
    return AgreedLeg{.mechanism = offered, .leg = Leg(), .mtu = mtu};
  }
  absl::StatusOr<std::optional<std::string>> FindLive(const Connection&, const Mechanism&) const override {
    return live;
  }
  void Release(const std::string& id) const override { released.push_back(id); }

  static dataplane::Tunnel Leg() {
    dataplane::Tunnel tunnel;
    tunnel.port = kPort;
    return tunnel;
  }

  absl::Status offer_answer;
  absl::Status agree_answer;
  absl::Status accept_answer;
  uint32_t mtu = 0;
  std::optional<std::string> live;       // the answer of FindLive
  mutable std::vector<Mechanism> asked;  // whether it accepts them
  mutable std::vector<std::string> released;
};

}  // namespace nsm::forwarder
