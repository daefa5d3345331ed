// SPDX-License-Identifier: Apache-2.0
#include "src/client/close_connection.h"

#include <memory>

#include "networkservice.grpc.pb.h"
#include "src/core/status_macros.h"
#include "src/nsm/rpc/grpc_status.h"

namespace nsm::client {

absl::Status CloseConnection(ChannelPool& channels, const Url& nsmgr, const Connection& connection,
                             absl::Time deadline, CallGroup* calls) {
  const std::shared_ptr<grpc::Channel> channel = channels.Get(nsmgr);
  RETURN_IF_ERROR(channels.Dial(*channel, nsmgr, deadline));
  ChannelPool::Call call(channels, deadline, calls);
  google::protobuf::Empty answer;
  return FromGrpc(
      ::networkservice::NetworkService::NewStub(channel)->Close(&call.context(), connection, &answer), nsmgr);
}

}  // namespace nsm::client
