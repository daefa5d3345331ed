// SPDX-License-Identifier: Apache-2.0
// The gRPC service NetworkService over a chain, behind one door.
#pragma once

#include <string>

#include "networkservice.grpc.pb.h"
#include "src/core/clock.h"
#include "src/nsm/request/chain.h"
#include "src/nsm/request/outcomes.h"

namespace nsm {

// Checks the limits of what it is asked before the chain sees it.
class NetworkServiceServer final : public ::networkservice::NetworkService::Service {
 public:
  // `name` is this hop's, for errors.
  NetworkServiceServer(std::string name, const Identity& own, const Chain& chain, Door door,
                       const Clock& clock, Outcomes& outcomes)
      : name_(std::move(name)),
        own_(own),
        chain_(chain),
        door_(std::move(door)),
        clock_(clock),
        outcomes_(outcomes) {}

  grpc::Status Request(grpc::ServerContext* call, const NetworkServiceRequest* request,
                       Connection* answer) override;
  grpc::Status Close(grpc::ServerContext* call, const Connection* connection,
                     google::protobuf::Empty* answer) override;

 private:
  const std::string name_;
  const Identity& own_;
  const Chain& chain_;
  const Door door_;
  const Clock& clock_;
  Outcomes& outcomes_;
};

}  // namespace nsm
