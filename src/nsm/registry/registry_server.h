// SPDX-License-Identifier: Apache-2.0
// The gRPC service of one of the two registries over a chain, behind one door.
//
// Register and Unregister are sync, since a chain blocks; Find is a reactor. Limits are checked before the
// chain sees anything. Errors carry the hop's name.
// Must outlive the grpc::Server that it is registered at.
#pragma once

#include <string>

#include "src/core/clock.h"
#include "src/nsm/registry/registry_chain.h"
#include "src/nsm/rpc/open_streams.h"

namespace nsm {

template <typename Kind>
class RegistryServer final
    : public Kind::Service::template WithCallbackMethod_Find<typename Kind::Service::Service> {
 public:
  // `name` is this hop's, for errors.
  RegistryServer(std::string name, const RegistryChain<Kind>& chain, Door door, const Clock& clock)
      : name_(std::move(name)), chain_(chain), door_(std::move(door)), clock_(clock) {}

  grpc::Status Register(grpc::ServerContext* call, const typename Kind::Entry* entry,
                        typename Kind::Entry* registered) override;
  grpc::Status Unregister(grpc::ServerContext* call, const typename Kind::Entry* entry,
                          google::protobuf::Empty* answer) override;
  grpc::ServerWriteReactor<typename Kind::Response>* Find(grpc::CallbackServerContext* call,
                                                          const typename Kind::Query* query) override;

  // Ends all streams with UNAVAILABLE and refuses new ones. Call before the server's own Shutdown.
  void Shutdown();

 private:
  class Stream;

  const std::string name_;
  const RegistryChain<Kind>& chain_;
  const Door door_;
  const Clock& clock_;
  OpenStreams<Stream> streams_;
};

}  // namespace nsm
