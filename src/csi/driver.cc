// SPDX-License-Identifier: Apache-2.0
#include "src/csi/driver.h"

#include <spdlog/spdlog.h>

#include "src/core/status_macros.h"
#include "src/nsm/rpc/grpc_status.h"

namespace nsm::csi {
namespace {

// What kubelet knows plugins of this kind by, and their interface's version.
constexpr char kPluginType[] = "CSIPlugin";
constexpr char kInterfaceVersion[] = "1.0.0";

absl::Status Publish(Volumes& volumes, const ::csi::v1::NodePublishVolumeRequest& request) {
  ASSIGN_OR_RETURN(const PodVolume volume, ParsePublish(request));
  RETURN_IF_ERROR(volumes.Publish(volume));
  spdlog::info("volume {} of {}: at {}", volume.key, volume.pod.ToString(), volume.target);
  return absl::OkStatus();
}

absl::Status Unpublish(Volumes& volumes, const ::csi::v1::NodeUnpublishVolumeRequest& request) {
  ASSIGN_OR_RETURN(const std::string key, FolderKey(request.volume_id()));
  if (request.target_path().empty()) return absl::InvalidArgumentError("target_path is missing");
  RETURN_IF_ERROR(volumes.Unpublish(key, request.target_path()));
  spdlog::info("volume {}: removed", key);
  return absl::OkStatus();
}

grpc::Status Answer(const char* call, const std::string& driver, const absl::Status& status) {
  if (!status.ok()) spdlog::warn("{}: {}", call, status.ToString());
  return ToGrpc(status, driver);
}

}  // namespace

grpc::Status IdentityService::GetPluginInfo(grpc::ServerContext*, const ::csi::v1::GetPluginInfoRequest*,
                                            ::csi::v1::GetPluginInfoResponse* answer) {
  answer->set_name(driver_.name);
  answer->set_vendor_version(driver_.version);
  return grpc::Status::OK;
}

grpc::Status IdentityService::GetPluginCapabilities(grpc::ServerContext*,
                                                    const ::csi::v1::GetPluginCapabilitiesRequest*,
                                                    ::csi::v1::GetPluginCapabilitiesResponse*) {
  return grpc::Status::OK;
}

grpc::Status IdentityService::Probe(grpc::ServerContext*, const ::csi::v1::ProbeRequest*,
                                    ::csi::v1::ProbeResponse* answer) {
  answer->mutable_ready()->set_value(true);
  return grpc::Status::OK;
}

grpc::Status NodeService::NodePublishVolume(grpc::ServerContext*,
                                            const ::csi::v1::NodePublishVolumeRequest* request,
                                            ::csi::v1::NodePublishVolumeResponse*) {
  return Answer("NodePublishVolume", driver_.name, Publish(volumes_, *request));
}

grpc::Status NodeService::NodeUnpublishVolume(grpc::ServerContext*,
                                              const ::csi::v1::NodeUnpublishVolumeRequest* request,
                                              ::csi::v1::NodeUnpublishVolumeResponse*) {
  return Answer("NodeUnpublishVolume", driver_.name, Unpublish(volumes_, *request));
}

grpc::Status NodeService::NodeGetCapabilities(grpc::ServerContext*,
                                              const ::csi::v1::NodeGetCapabilitiesRequest*,
                                              ::csi::v1::NodeGetCapabilitiesResponse*) {
  return grpc::Status::OK;
}

grpc::Status NodeService::NodeGetInfo(grpc::ServerContext*, const ::csi::v1::NodeGetInfoRequest*,
                                      ::csi::v1::NodeGetInfoResponse* answer) {
  answer->set_node_id(driver_.node);
  return grpc::Status::OK;
}

grpc::Status RegistrationService::GetInfo(grpc::ServerContext*, const ::pluginregistration::InfoRequest*,
                                          ::pluginregistration::PluginInfo* answer) {
  answer->set_type(kPluginType);
  answer->set_name(driver_.name);
  answer->set_endpoint(driver_.endpoint);
  answer->add_supported_versions(kInterfaceVersion);
  return grpc::Status::OK;
}

grpc::Status RegistrationService::NotifyRegistrationStatus(
    grpc::ServerContext*, const ::pluginregistration::RegistrationStatus* request,
    ::pluginregistration::RegistrationStatusResponse*) {
  const absl::Status status =
      request->plugin_registered() ? absl::OkStatus() : absl::UnavailableError(request->error());
  if (status.ok()) {
    spdlog::info("kubelet knows {}", driver_.name);
  } else {
    spdlog::warn("kubelet does not take {}: {}", driver_.name, request->error());
  }
  MutexLock lock(mutex_);
  registered_ = status;
  return grpc::Status::OK;
}

absl::Status RegistrationService::registered() const {
  MutexLock lock(mutex_);
  return registered_;
}

}  // namespace nsm::csi
