// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/registry_commands.h"

#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "src/cmd/peer.h"
#include "src/nsm/registry/find_all.h"
#include "src/nsm/registry/grpc_registry.h"
#include "src/nsm/rpc/grpc_status.h"

namespace nsm::cmd {
namespace {

absl::StatusOr<NetworkService> ReadService(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return absl::NotFoundError(absl::StrCat("reading ", path, ": failed"));
  NetworkService service;
  // Takes both ways of writing a field: source_selector and sourceSelector.
  auto parsed = google::protobuf::util::JsonStringToMessage(text.str(), &service);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": not a network service in JSON: ", std::string(parsed.message())));
  }
  if (service.name().empty()) return absl::InvalidArgumentError(absl::StrCat(path, ": \"name\" is missing"));
  return service;
}

Context ContextFor(const Peer& peer) {
  Context context;
  context.deadline = peer.Deadline();
  return context;
}

// `what` is it in an error. A registry itself says nothing of names that it does not know.
template <typename Kind>
absl::Status Unregister(Identity& own, const std::string& address, const std::string& what,
                        const std::string& name) {
  if (name.empty()) return absl::InvalidArgumentError(absl::StrCat("no ", what, " is named"));
  Peer peer(own);
  RETURN_IF_ERROR(peer.Dial(address));
  RegistryChain<Kind> registry;
  registry.template Add<GrpcRegistry<Kind>>(peer.channels, peer.url);
  typename Kind::Entry wanted;
  wanted.set_name(name);
  ASSIGN_OR_RETURN(auto found, FindAll(registry.Begin(), ContextFor(peer), wanted));
  if (found.empty()) return absl::NotFoundError(absl::StrCat(address, " has no ", what, " \"", name, "\""));
  Context context = ContextFor(peer);
  return registry.Begin().Unregister(context, std::move(found.front()));
}

}  // namespace

absl::Status FindEndpoints(Identity& own, const std::string& address, const std::string& service,
                           bool watch) {
  Peer peer(own);
  RETURN_IF_ERROR(peer.Dial(address));
  ChannelPool::Call call(peer.channels, watch ? absl::InfiniteFuture() : peer.Deadline());
  EndpointKind::Query query;
  query.set_watch(watch);
  EndpointKind::MutableEntry(query)->add_network_service_names(service);
  auto reader = EndpointKind::Service::NewStub(peer.channel)->Find(&call.context(), query);
  EndpointKind::Response response;
  while (reader->Read(&response)) {
    const NetworkServiceEndpoint& endpoint = EndpointKind::GetEntry(response);
    std::cout << (response.deleted() ? "gone " : "found ") << endpoint.name() << " " << endpoint.url()
              << std::endl;
  }
  return FromGrpc(reader->Finish());
}

absl::Status SetService(Identity& own, const std::string& address, const std::string& path) {
  ASSIGN_OR_RETURN(NetworkService service, ReadService(path));
  Peer peer(own);
  RETURN_IF_ERROR(peer.Dial(address));
  RegistryChain<ServiceKind> registry;
  registry.Add<GrpcRegistry<ServiceKind>>(peer.channels, peer.url);
  Context context = ContextFor(peer);
  ASSIGN_OR_RETURN(const NetworkService kept, registry.Begin().Register(context, service));
  if (service.matches().empty() && !kept.matches().empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(service.name(),
                     " has matches, which a registration without any does not take away: tell the "
                     "registry at its --admin-listen-on"));
  }
  return absl::OkStatus();
}

absl::Status RemoveService(Identity& own, const std::string& address, const std::string& name) {
  return Unregister<ServiceKind>(own, address, "network service", name);
}

absl::Status UnregisterEndpoint(Identity& own, const std::string& address, const std::string& name) {
  return Unregister<EndpointKind>(own, address, "endpoint", name);
}

}  // namespace nsm::cmd
