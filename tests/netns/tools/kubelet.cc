// SPDX-License-Identifier: Apache-2.0
// kubelet: what kubelet asks of a CSI node driver, for one pod.
//
//   kubelet REGISTRATION_SOCKET publish VOLUME_ID TARGET NAMESPACE/POD UID rw|ro
//   kubelet REGISTRATION_SOCKET unpublish VOLUME_ID TARGET
#include <grpcpp/create_channel.h>

#include <iostream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "csi.grpc.pb.h"
#include "pluginregistration.grpc.pb.h"
#include "src/core/status_macros.h"
#include "src/nsm/rpc/grpc_status.h"

namespace nsm {
namespace {

std::shared_ptr<grpc::Channel> Dial(const std::string& socket) {
  return grpc::CreateChannel(absl::StrCat("unix:", socket), grpc::InsecureChannelCredentials());
}

struct Call : grpc::ClientContext {
  Call() {
    set_wait_for_ready(true);
    set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  }
};

// Registers the driver, and says where it is.
absl::StatusOr<std::string> Register(const std::string& socket) {
  auto stub = ::pluginregistration::Registration::NewStub(Dial(socket));
  Call asked, told;
  ::pluginregistration::PluginInfo info;
  RETURN_IF_ERROR(FromGrpc(stub->GetInfo(&asked, {}, &info)));
  ::pluginregistration::RegistrationStatus status;
  status.set_plugin_registered(info.type() == "CSIPlugin");
  ::pluginregistration::RegistrationStatusResponse heard;
  RETURN_IF_ERROR(FromGrpc(stub->NotifyRegistrationStatus(&told, status, &heard)));
  if (status.plugin_registered()) return info.endpoint();
  return absl::InternalError(absl::StrCat("a plugin of type ", info.type()));
}

absl::Status Publish(const std::string& endpoint, const std::vector<std::string>& args) {
  const std::vector<std::string> pod = absl::StrSplit(args.at(2), absl::MaxSplits('/', 1));
  ::csi::v1::NodePublishVolumeRequest request;
  request.set_volume_id(args.at(0));
  request.set_target_path(args.at(1));
  request.mutable_volume_capability()->mutable_mount();
  request.set_readonly(args.at(4) == "ro");
  auto& context = *request.mutable_volume_context();
  context["csi.storage.k8s.io/ephemeral"] = "true";
  context["csi.storage.k8s.io/pod.namespace"] = pod.at(0);
  context["csi.storage.k8s.io/pod.name"] = pod.at(1);
  context["csi.storage.k8s.io/pod.uid"] = args.at(3);
  context["csi.storage.k8s.io/serviceAccount.name"] = "default";
  Call call;
  ::csi::v1::NodePublishVolumeResponse answer;
  return FromGrpc(::csi::v1::Node::NewStub(Dial(endpoint))->NodePublishVolume(&call, request, &answer));
}

absl::Status Unpublish(const std::string& endpoint, const std::vector<std::string>& args) {
  ::csi::v1::NodeUnpublishVolumeRequest request;
  request.set_volume_id(args.at(0));
  request.set_target_path(args.at(1));
  Call call;
  ::csi::v1::NodeUnpublishVolumeResponse answer;
  return FromGrpc(::csi::v1::Node::NewStub(Dial(endpoint))->NodeUnpublishVolume(&call, request, &answer));
}

absl::Status Main(const std::vector<std::string>& args) {
  const bool publish = args.size() == 7 && args[1] == "publish";
  if (!publish && !(args.size() == 4 && args[1] == "unpublish")) {
    return absl::InvalidArgumentError("usage: see the top of tests/netns/tools/kubelet.cc");
  }
  ASSIGN_OR_RETURN(const std::string endpoint, Register(args[0]));
  const std::vector<std::string> rest(args.begin() + 2, args.end());
  return publish ? Publish(endpoint, rest) : Unpublish(endpoint, rest);
}

}  // namespace
}  // namespace nsm

int main(int argc, char** argv) {
  const absl::Status status = nsm::Main({argv + 1, argv + argc});
  if (!status.ok()) std::cerr << "kubelet: " << status << "\n";
  return status.ok() ? 0 : 1;
}
