// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/golden/peer.h"

#include "connection.grpc.pb.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "networkservice.grpc.pb.h"
#include "src/nsm/monitor/connection_monitor.h"
#include "src/nsm/registry/registry_server.h"
#include "src/nsm/rpc/grpc_status.h"
#include "src/nsm/rpc/stream_writer.h"
#include "src/nsm/wire/path.h"
#include "tests/harness/temp_folder.h"

namespace nsm::golden {
namespace {

// Tells every change, as upstream's do, whatever the watcher wants.
class MonitorService final : public ::connection::MonitorConnection::CallbackService {
 public:
  explicit MonitorService(ConnectionMonitor& monitor) : monitor_(monitor) {}
  grpc::ServerWriteReactor<ConnectionEvent>* MonitorConnections(
      grpc::CallbackServerContext*, const MonitorScopeSelector* selector) override {
    auto stream = std::make_shared<Stream>(*this);
    stream->HoldUntilDone(stream);
    if (streams_.Open(*stream)) monitor_.Watch(*selector, stream);
    return stream.get();
  }
  void Shutdown() { streams_.Shutdown(); }

 private:
  struct Stream final : StreamWriter<ConnectionEvent>, ConnectionWatcher {
    explicit Stream(MonitorService& service) : service(service) {}
    void OnEvent(const ConnectionEvent& event) override { Push(event); }
    void OnOver() override { service.streams_.OnOver(*this); }
    MonitorService& service;
  };

  ConnectionMonitor& monitor_;
  OpenStreams<Stream> streams_;
};

class RequestService final : public ::networkservice::NetworkService::Service {
 public:
  RequestService(std::string name, Play play, ConnectionMonitor& monitor)
      : name_(std::move(name)), play_(std::move(play)), monitor_(monitor) {}
  grpc::Status Request(grpc::ServerContext*, const NetworkServiceRequest* request,
                       Connection* answer) override {
    Reply reply = play_({name_, "/networkservice.NetworkService/Request", ToJson(*request), ""});
    FromJson(reply.response, *answer);
    Connection own = *answer;
    own.mutable_path()->set_index(own.path().index() + 1);
    if (const PathSegment* segment = CurrentSegment(own); reply.status.ok() && segment != nullptr) {
      own.set_id(segment->id());
      monitor_.Update(std::move(own));
    }
    return reply.status;
  }
  grpc::Status Close(grpc::ServerContext*, const Connection* connection, google::protobuf::Empty*) override {
    if (const PathSegment* own = NextSegment(*connection)) monitor_.Delete(own->id());
    return play_({name_, "/networkservice.NetworkService/Close", ToJson(*connection), ""}).status;
  }

 private:
  const std::string name_;
  const Play play_;
  ConnectionMonitor& monitor_;
};

// Element: registrations are played, searches go on to the store.
template <typename Kind>
class PlayRegistrations final : public RegistryElement<Kind> {
 public:
  using Entry = typename Kind::Entry;
  PlayRegistrations(std::string name, Play play) : name_(std::move(name)), play_(std::move(play)) {}
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<Kind>) override {
    Reply reply = PlayCall("Register", context, entry);
    if (!reply.status.ok()) return FromGrpc(reply.status);
    FromJson(reply.response, entry);
    return entry;
  }
  absl::Status Unregister(Context& context, Entry entry, RegistryNext<Kind>) override {
    return FromGrpc(PlayCall("Unregister", context, entry).status);
  }

 private:
  Reply PlayCall(const char* method, Context& context, const Entry& entry) {
    Reply reply = play_({name_, "/" + std::string(Kind::Service::service_full_name()) + "/" + method,
                         ToJson(entry), context.registry_path.ToJson()});
    if (reply.path) context.registry_path = RegistryPath::FromJson(*reply.path).value();
    return reply;
  }

  const std::string name_;
  const Play play_;
};

template <typename Kind>
void Know(const typename Kind::Response& found, MemoryStore<Kind>& store) {
  if (found.deleted()) {
    store.Remove(Kind::GetEntry(found).name()).IgnoreError();
  } else {
    store.Put(Kind::GetEntry(found)).IgnoreError();
  }
}

}  // namespace

struct Peer::Parts {
  Parts(const std::string& name, Play play)
      : requests(name, play, monitor),
        service_server(name, services, Door{.url = {}, .entrants = Entrants::kNode}, clock),
        endpoint_server(name, endpoints, Door{.url = {}, .entrants = Entrants::kNode}, clock) {
    services.Add<PlayRegistrations<ServiceKind>>(name, play);
    services.Add<StoreRegistry<ServiceKind>>(known_services);
    endpoints.Add<PlayRegistrations<EndpointKind>>(name, play);
    endpoints.Add<StoreRegistry<EndpointKind>>(known_endpoints);
    grpc::ServerBuilder builder;
    builder.AddListeningPort(folder.Socket("peer").ToGrpcTarget(), grpc::InsecureServerCredentials());
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&requests);
    builder.RegisterService(&monitor_server);
    builder.RegisterService(&service_server);
    builder.RegisterService(&endpoint_server);
    server = builder.BuildAndStart();
  }

  SystemClock clock;
  const TempFolder folder;
  ConnectionMonitor monitor{clock};
  RequestService requests;
  MonitorService monitor_server{monitor};
  MemoryStore<ServiceKind> known_services;
  MemoryStore<EndpointKind> known_endpoints;
  RegistryChain<ServiceKind> services;
  RegistryChain<EndpointKind> endpoints;
  RegistryServer<ServiceKind> service_server;
  RegistryServer<EndpointKind> endpoint_server;
  int port = 0;
  std::unique_ptr<grpc::Server> server;
};

Peer::Peer(const std::string& name, Play play) : parts_(std::make_unique<Parts>(name, std::move(play))) {}

Peer::~Peer() { Stop(); }

Url Peer::local() const { return parts_->folder.Socket("peer"); }

Url Peer::remote() const { return Url::Tcp({"127.0.0.1", static_cast<uint16_t>(parts_->port)}); }

void Peer::Know(const nlohmann::json& response) {
  if (response.contains("network_service")) {
    ::registry::NetworkServiceResponse found;
    FromJson(response, found);
    golden::Know<ServiceKind>(found, parts_->known_services);
  } else {
    ::registry::NetworkServiceEndpointResponse found;
    FromJson(response, found);
    golden::Know<EndpointKind>(found, parts_->known_endpoints);
  }
}

void Peer::Tell(const nlohmann::json& json) {
  ConnectionEvent event;
  FromJson(json, event);
  for (const auto& [id, connection] : event.connections()) parts_->monitor.Update(connection);
}

void Peer::Stop() {
  if (parts_->server == nullptr) return;
  parts_->monitor_server.Shutdown();
  parts_->service_server.Shutdown();
  parts_->endpoint_server.Shutdown();
  parts_->server->Shutdown();
  parts_->server = nullptr;
}

}  // namespace nsm::golden
