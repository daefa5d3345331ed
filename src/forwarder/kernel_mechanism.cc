// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/kernel_mechanism.h"

#include "absl/strings/str_cat.h"
#include "src/core/interface_name.h"
#include "src/core/status_macros.h"
#include "src/forwarder/ip_context.h"

namespace nsm::forwarder {
namespace {

absl::StatusOr<AgreedLeg> AttachmentOf(const Mechanism& mechanism) {
  ASSIGN_OR_RETURN(dataplane::Attachment attachment, ToAttachment(mechanism));
  return AgreedLeg{.mechanism = mechanism, .leg = std::move(attachment), .mtu = 0};
}

}  // namespace

absl::StatusOr<dataplane::Attachment> ToAttachment(const Mechanism& mechanism) {
  dataplane::Attachment attachment;
  absl::StatusOr<NetnsInode> netns = NetnsInode::ParseUrl(Parameter(mechanism, mechanism::kInodeUrl));
  if (!netns.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("KERNEL parameter inodeURL: ", netns.status().message()));
  }
  attachment.netns = *netns;
  attachment.name = Parameter(mechanism, mechanism::kName);
  if (absl::Status name = CheckInterfaceName(attachment.name); !name.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("KERNEL parameter name: ", name.message()));
  }
  return attachment;
}

absl::StatusOr<Mechanism> KernelMechanism::Offer(const Connection&) const { return MakeMechanism(kind()); }

absl::StatusOr<AgreedLeg> KernelMechanism::Agree(const Connection& answer) const {
  return AttachmentOf(answer.mechanism());
}

std::optional<Mechanism> KernelMechanism::Recall(const dataplane::CrossConnect& live) const {
  const auto* attachment = std::get_if<dataplane::Attachment>(&live.endpoint);
  if (attachment == nullptr) return std::nullopt;
  return MakeKernel(attachment->netns.ToUrl(), attachment->name);
}

absl::StatusOr<AgreedLeg> KernelMechanism::Accept(const Connection&, const Mechanism& offered) const {
  return AttachmentOf(offered);
}

absl::StatusOr<std::optional<std::string>> KernelMechanism::FindLive(const Connection& connection,
                                                                     const Mechanism& mechanism) const {
  absl::StatusOr<dataplane::Attachment> wanted = ToAttachment(mechanism);
  // What is wrong with it is Accept's to say.
  if (!wanted.ok()) return std::nullopt;
  wanted->alias = AliasFor(Side::kClient, connection);
  return dataplane_.FindClient(*wanted);
}

}  // namespace nsm::forwarder
