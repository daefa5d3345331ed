// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/grpc_registry.h"

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "src/core/status_macros.h"
#include "src/nsm/registry/grpc_find.h"
#include "src/nsm/rpc/deadline.h"
#include "src/nsm/rpc/grpc_status.h"
#include "src/nsm/wire/limits.h"

namespace nsm {
namespace {

// What the hops behind us added. An answer without a path, or with a bad one, leaves ours as it was.
void TakePath(const grpc::ClientContext& call, RegistryPath& path) {
  const auto& metadata = call.GetServerInitialMetadata();
  auto [first, last] = metadata.equal_range(kPathHeader);
  if (first == last) return;
  --last;  // of several the last is the one that counts
  auto answered = RegistryPath::FromJson({last->second.data(), last->second.size()});
  if (answered.ok() && answered->index == path.index) path = *std::move(answered);
}

// One unary call: connects, sends the path with it, takes the path of the answer.
absl::Status Call(ChannelPool& channels, const Url& url, Context& context,
                  const std::function<grpc::Status(const std::shared_ptr<grpc::Channel>&,
                                                   grpc::ClientContext&)>& function) {
  absl::Time now = absl::Now();
  absl::Time deadline = DeadlineForNextHop(std::min(context.deadline, now + kLongestRegistryCall), now);
  const std::shared_ptr<grpc::Channel> channel = channels.Get(url);
  RETURN_IF_ERROR(channels.Dial(*channel, url, deadline));
  ChannelPool::Call call(channels, deadline);
  call.context().AddMetadata(kPathHeader, context.registry_path.ToJson());
  RETURN_IF_ERROR(FromRegistry(function(channel, call.context()), url));
  TakePath(call.context(), context.registry_path);
  return absl::OkStatus();
}

}  // namespace

template <typename Kind>
absl::StatusOr<typename Kind::Entry> GrpcRegistry<Kind>::Register(Context& context, Entry entry,
                                                                  RegistryNext<Kind>) {
  Entry registered;
  RETURN_IF_ERROR(Call(channels_, url_, context, [&](const auto& channel, grpc::ClientContext& call) {
    return Kind::Service::NewStub(channel)->Register(&call, entry, &registered);
  }));
  if (absl::Status fits = CheckLimits(registered); !fits.ok()) {
    return absl::InternalError(absl::StrCat(url_.ToString(), " answered: ", fits.message()));
  }
  return registered;
}

template <typename Kind>
absl::Status GrpcRegistry<Kind>::Unregister(Context& context, Entry entry, RegistryNext<Kind>) {
  google::protobuf::Empty answer;
  return Call(channels_, url_, context, [&](const auto& channel, grpc::ClientContext& call) {
    return Kind::Service::NewStub(channel)->Unregister(&call, entry, &answer);
  });
}

template <typename Kind>
std::shared_ptr<FindCall> GrpcRegistry<Kind>::Find(const Context& context, typename Kind::Query query,
                                                   std::shared_ptr<FindSink<Kind>> sink, RegistryNext<Kind>) {
  absl::Time deadline = DeadlineForNextHop(context.deadline, absl::Now());
  return StartGrpcFind<Kind>(channels_, channels_.Get(url_), url_, deadline, std::move(query),
                             std::move(sink));
}

template class GrpcRegistry<ServiceKind>;
template class GrpcRegistry<EndpointKind>;

}  // namespace nsm
