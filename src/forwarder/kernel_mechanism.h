// SPDX-License-Identifier: Apache-2.0
// LOCAL KERNEL: an interface in the namespace of a pod of this node.
#pragma once

#include "absl/status/statusor.h"
#include "src/dataplane/dataplane.h"
#include "src/forwarder/mechanism_type.h"

namespace nsm::forwarder {

// The interface that a mechanism KERNEL names. Who may name one is RefuseRemoteKernel's to judge.
absl::StatusOr<dataplane::Attachment> ToAttachment(const Mechanism& mechanism);

class KernelMechanism final : public MechanismType {
 public:
  explicit KernelMechanism(dataplane::Dataplane& dataplane)
      : MechanismType(kLocalKernel), dataplane_(dataplane) {}

  // Without parameters: no pod hears of another one's namespace.
  absl::StatusOr<Mechanism> Offer(const Connection& connection) const override;
  absl::StatusOr<AgreedLeg> Agree(const Connection& answer) const override;
  std::optional<Mechanism> Recall(const dataplane::CrossConnect& live) const override;
  absl::StatusOr<AgreedLeg> Accept(const Connection& connection, const Mechanism& offered) const override;
  // By the client's interface, which is known whatever the path says.
  absl::StatusOr<std::optional<std::string>> FindLive(const Connection& connection,
                                                      const Mechanism& mechanism) const override;
  void Release(const std::string&) const override {}

 private:
  dataplane::Dataplane& dataplane_;
};

}  // namespace nsm::forwarder
