// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/golden/call.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "connection.grpc.pb.h"
#include "google/protobuf/util/json_util.h"
#include "networkservice.grpc.pb.h"
#include "registry.grpc.pb.h"
#include "src/nsm/wire/wire.h"

namespace nsm::golden {
namespace {

using ::connection::MonitorConnection;
using Services = ::registry::NetworkServiceRegistry;
using Endpoints = ::registry::NetworkServiceEndpointRegistry;
using Requests = ::networkservice::NetworkService;

template <typename Stub, typename Request, typename Response>
Reply Unary(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
            const nlohmann::json& json, grpc::ClientContext& call) {
  Request request;
  FromJson(json, request);
  Response response;
  Reply reply;
  reply.status = (stub.*method)(&call, request, &response);
  reply.response = ToJson(response);
  auto path = call.GetServerInitialMetadata().find(kPathHeader);
  if (path != call.GetServerInitialMetadata().end()) {
    reply.path = std::string(path->second.data(), path->second.size());
  }
  return reply;
}

using Tell = std::function<void(const google::protobuf::Message&)>;

template <typename Service, typename Request, typename Response>
grpc::Status Read(const std::shared_ptr<grpc::Channel>& channel,
                  std::unique_ptr<grpc::ClientReader<Response>> (Service::Stub::*method)(grpc::ClientContext*,
                                                                                         const Request&),
                  const nlohmann::json& json, grpc::ClientContext& call, const Tell& tell) {
  Request request;
  FromJson(json, request);
  auto stub = Service::NewStub(channel);
  auto reader = (stub.get()->*method)(&call, request);
  for (Response response; reader->Read(&response);) tell(response);
  return reader->Finish();
}

grpc::Status ReadAll(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                     const nlohmann::json& request, grpc::ClientContext& call, const Tell& tell) {
  if (absl::StrContains(method, "Monitor")) {
    return Read<MonitorConnection>(channel, &MonitorConnection::Stub::MonitorConnections, request, call,
                                   tell);
  }
  if (absl::StrContains(method, "Endpoint")) {
    return Read<Endpoints>(channel, &Endpoints::Stub::Find, request, call, tell);
  }
  return Read<Services>(channel, &Services::Stub::Find, request, call, tell);
}

}  // namespace

nlohmann::json ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return nlohmann::json::parse(text);
}

void FromJson(const nlohmann::json& json, google::protobuf::Message& message) {
  auto status = google::protobuf::util::JsonStringToMessage(json.dump(), &message);
  EXPECT_TRUE(status.ok()) << status.ToString() << " in " << json;
}

std::string Summary(const nlohmann::json& message) {
  for (const char* entry : {"network_service", "network_service_endpoint"}) {
    if (!message.contains(entry)) continue;
    const std::string name = message[entry].value("name", "");
    return absl::StrCat(message.value("deleted", false) ? "-" : "", name.empty() ? "\"\"" : name);
  }
  std::string summary = message.value("type", "INITIAL");
  const nlohmann::json connections = message.value("connections", nlohmann::json::object());
  for (const auto& [id, connection] : connections.items()) {
    absl::StrAppend(&summary, " ", connection.value("state", "UP"), " ",
                    connection["path"]["path_segments"].back().value("name", ""));
  }
  return summary;
}

Reply Call(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
           const nlohmann::json& request, grpc::ClientContext& call) {
  const bool is_first = absl::EndsWith(method, "/Request") || absl::EndsWith(method, "/Register");
  if (absl::StrContains(method, "EndpointRegistry")) {
    auto stub = Endpoints::NewStub(channel);
    return is_first ? Unary(*stub, &Endpoints::Stub::Register, request, call)
                    : Unary(*stub, &Endpoints::Stub::Unregister, request, call);
  }
  if (absl::StrContains(method, "ServiceRegistry")) {
    auto stub = Services::NewStub(channel);
    return is_first ? Unary(*stub, &Services::Stub::Register, request, call)
                    : Unary(*stub, &Services::Stub::Unregister, request, call);
  }
  auto stub = Requests::NewStub(channel);
  return is_first ? Unary(*stub, &Requests::Stub::Request, request, call)
                  : Unary(*stub, &Requests::Stub::Close, request, call);
}

Stream::Stream(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
               const nlohmann::json& request, std::unique_ptr<grpc::ClientContext> call)
    : call_(std::move(call)), thread_([this, channel, method, request] {
        status_ = ReadAll(channel, method, request, *call_, [this](const google::protobuf::Message& message) {
          messages_.Push(ToJson(message));
        });
        messages_.Push(std::nullopt);
      }) {}

Stream::~Stream() {
  Cancel();
  if (thread_.joinable()) thread_.join();
}

std::optional<nlohmann::json> Stream::Next() {
  if (ended_) return std::nullopt;
  std::optional<std::optional<nlohmann::json>> next = messages_.Pop();
  if (!next || !*next) {
    ended_ = next.has_value();
    return std::nullopt;
  }
  return *std::move(next);
}

grpc::Status Stream::Finish() {
  thread_.join();
  return status_;
}

}  // namespace nsm::golden
