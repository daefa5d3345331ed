// SPDX-License-Identifier: Apache-2.0
// One of the mechanisms that this forwarder has, as an object: all that differs between KERNEL, VXLAN and
// those to come. Which of several is taken, and what is the same for all, is Mechanisms' to say.
//
// A forwarder meets each of them in two places. Towards the next hop it offers a preference (Offer), reads
// what that has answered (Agree), and says in a refresh what is in use (Recall). Towards its caller it
// answers to a preference (Accept) and finds what is in use again where the path does not tell (FindLive).
//
// One more, say WIREGUARD, is a class in a file pair of its own and a line in MechanismsOf (chain.cc). What
// the kernel does for it is the dataplane's: another alternative of dataplane::Leg. To think of:
//   - What a leg needs of its own (a VNI; a device, keys, a port) is reserved by the connection's id, the
//     same each time, until the dataplane has the leg or Release gives it up.
//   - A mechanism that cannot carry the connection's payload refuses it in Offer and Accept: then another one
//     is taken.
//   - Its overhead is taken off the MTU of its legs.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "src/dataplane/cross_connect.h"
#include "src/nsm/wire/mechanism_kind.h"
#include "src/nsm/wire/wire.h"

namespace nsm::forwarder {

// One side of a connection, as it was agreed on with the hop there.
struct AgreedLeg {
  Mechanism mechanism;
  dataplane::Leg leg;
  uint32_t mtu = 0;           // the largest packet that fits; 0 says nothing
  bool peer_answers = false;  // probes, see dataplane::CrossConnect
};

// Threading: thread safe. Errors say which parameter is wrong, and how; they need not name the mechanism.
class MechanismType {
 public:
  virtual ~MechanismType() = default;

  const MechanismKind& kind() const { return kind_; }

  // A preference for the next hop of this connection.
  virtual absl::StatusOr<Mechanism> Offer(const Connection& connection) const = 0;
  // What the next hop has answered to it; the answer's mechanism is of this kind.
  virtual absl::StatusOr<AgreedLeg> Agree(const Connection& answer) const = 0;
  // How the next hop's side of something live was agreed on, for asking for the same again. None: it is of
  // another kind.
  virtual std::optional<Mechanism> Recall(const dataplane::CrossConnect& live) const = 0;

  // The caller's side, from the caller's preference or, in a refresh, from what was agreed on: `offered` with
  // our parameters added. When it fails, nothing is reserved.
  virtual absl::StatusOr<AgreedLeg> Accept(const Connection& connection, const Mechanism& offered) const = 0;
  // Which live connection's caller's side this mechanism is, for a connection that the path knows under none
  // of our names or under an old one. None: it is a new one. ALREADY_EXISTS: it is another client's.
  virtual absl::StatusOr<std::optional<std::string>> FindLive(const Connection& connection,
                                                              const Mechanism& mechanism) const = 0;

  // Gives up what is reserved for a connection, but not what is live.
  virtual void Release(const std::string& id) const = 0;

 protected:
  explicit MechanismType(const MechanismKind& kind) : kind_(kind) {}

 private:
  const MechanismKind kind_;
};

}  // namespace nsm::forwarder
