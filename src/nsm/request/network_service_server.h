// SPDX-License-Identifier: Apache-2.0
// The gRPC service NetworkService over a chain.
#pragma once

#include <string>

#include "networkservice.grpc.pb.h"
#include "src/core/clock.h"
#include "src/core/durations.h"
#include "src/nsm/request/chain.h"

namespace nsm {

// Checks the limits of what it is asked before the chain sees it.
class NetworkServiceServer final : public ::networkservice::NetworkService::Service {
 public:
  // `name` is this hop's, for errors.
  NetworkServiceServer(std::string name, const Chain& chain, const Clock& clock)
      : name_(std::move(name)), chain_(chain), clock_(clock) {}

  // How long Requests and Closes took.
  const Durations& durations() const { return durations_; }

  grpc::Status Request(grpc::ServerContext* call, const NetworkServiceRequest* request,
                       Connection* answer) override;
  grpc::Status Close(grpc::ServerContext* call, const Connection* connection,
                     google::protobuf::Empty* answer) override;

 private:
  grpc::Status Refuse(const char* what, const absl::Status& why) const;

  const std::string name_;
  const Chain& chain_;
  const Clock& clock_;
  Durations durations_;
};

}  // namespace nsm
