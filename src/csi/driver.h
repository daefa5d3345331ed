// SPDX-License-Identifier: Apache-2.0
// What kubelet asks of the driver: gRPC services over Volumes, and over what the driver says of itself.
//
// Threading: thread safe, as gRPC calls.
#pragma once

#include <string>

#include "csi.grpc.pb.h"
#include "pluginregistration.grpc.pb.h"
#include "src/core/mutex.h"
#include "src/csi/volumes.h"

namespace nsm::csi {

// Who the driver is.
struct Driver {
  std::string name;      // of the CSIDriver object
  std::string version;   // of the program
  std::string node;      // that it is on
  std::string endpoint;  // path of the socket with the other services, on the node
};

class IdentityService final : public ::csi::v1::Identity::Service {
 public:
  explicit IdentityService(Driver driver) : driver_(std::move(driver)) {}
  grpc::Status GetPluginInfo(grpc::ServerContext* call, const ::csi::v1::GetPluginInfoRequest* request,
                             ::csi::v1::GetPluginInfoResponse* answer) override;
  grpc::Status GetPluginCapabilities(grpc::ServerContext* call,
                                     const ::csi::v1::GetPluginCapabilitiesRequest* request,
                                     ::csi::v1::GetPluginCapabilitiesResponse* answer) override;
  grpc::Status Probe(grpc::ServerContext* call, const ::csi::v1::ProbeRequest* request,
                     ::csi::v1::ProbeResponse* answer) override;

 private:
  const Driver driver_;
};

class NodeService final : public ::csi::v1::Node::Service {
 public:
  // The volumes outlive this.
  NodeService(Driver driver, Volumes& volumes) : driver_(std::move(driver)), volumes_(volumes) {}
  grpc::Status NodePublishVolume(grpc::ServerContext* call,
                                 const ::csi::v1::NodePublishVolumeRequest* request,
                                 ::csi::v1::NodePublishVolumeResponse* answer) override;
  grpc::Status NodeUnpublishVolume(grpc::ServerContext* call,
                                   const ::csi::v1::NodeUnpublishVolumeRequest* request,
                                   ::csi::v1::NodeUnpublishVolumeResponse* answer) override;
  grpc::Status NodeGetCapabilities(grpc::ServerContext* call,
                                   const ::csi::v1::NodeGetCapabilitiesRequest* request,
                                   ::csi::v1::NodeGetCapabilitiesResponse* answer) override;
  grpc::Status NodeGetInfo(grpc::ServerContext* call, const ::csi::v1::NodeGetInfoRequest* request,
                           ::csi::v1::NodeGetInfoResponse* answer) override;

 private:
  const Driver driver_;
  Volumes& volumes_;
};

class RegistrationService final : public ::pluginregistration::Registration::Service {
 public:
  explicit RegistrationService(Driver driver) : driver_(std::move(driver)) {}
  grpc::Status GetInfo(grpc::ServerContext* call, const ::pluginregistration::InfoRequest* request,
                       ::pluginregistration::PluginInfo* answer) override;
  grpc::Status NotifyRegistrationStatus(grpc::ServerContext* call,
                                        const ::pluginregistration::RegistrationStatus* request,
                                        ::pluginregistration::RegistrationStatusResponse* answer) override;
  // UNAVAILABLE while kubelet has not said that it knows the driver, with the reason where it gave one.
  absl::Status registered() const EXCLUDES(mutex_);

 private:
  const Driver driver_;
  mutable Mutex mutex_;
  absl::Status registered_ GUARDED_BY(mutex_) = absl::UnavailableError("it has not asked yet");
};

}  // namespace nsm::csi
