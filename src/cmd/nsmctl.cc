// SPDX-License-Identifier: Apache-2.0
// nsmctl: looks into a running program, and tells a registry about services.
#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "google/protobuf/util/json_util.h"
#include "introspection.grpc.pb.h"
#include "nlohmann/json.hpp"
#include "src/cmd/command_line.h"
#include "src/cmd/program.h"
#include "src/core/status_macros.h"
#include "src/nsm/registry/grpc_registry.h"
#include "src/nsm/rpc/channel_pool.h"
#include "src/nsm/rpc/grpc_status.h"

namespace nsm::cmd {
namespace {

// The program that is looked into.
struct Peer {
  absl::Status Dial(const std::string& address) {
    ASSIGN_OR_RETURN(url, Url::Parse(address));
    channel = channels.Get(url);
    return channels.Dial(*channel, url, Deadline());
  }
  absl::Time Deadline() const { return clock.Now() + absl::Seconds(10); }

  SystemClock clock;
  InsecureTokenSource tokens{"nsmctl", absl::Minutes(1), clock};
  ChannelPool channels{tokens, absl::Seconds(2)};
  Url url;
  std::shared_ptr<grpc::Channel> channel;
};

absl::StatusOr<nlohmann::json> FetchDump(const std::string& address) {
  Peer peer;
  RETURN_IF_ERROR(peer.Dial(address));
  grpc::ClientContext call;
  peer.channels.Prepare(call, peer.Deadline());
  ::nsm::introspection::DumpResponse response;
  RETURN_IF_ERROR(
      FromGrpc(::nsm::introspection::Introspection::NewStub(peer.channel)->Dump(&call, {}, &response)));
  nlohmann::json json = nlohmann::json::parse(response.json(), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    return absl::InternalError(absl::StrCat(address, " answered with what is not JSON"));
  return json;
}

// Prints the endpoints of a service as they are told.
absl::Status Find(const std::string& address, const std::string& service, bool watch) {
  Peer peer;
  RETURN_IF_ERROR(peer.Dial(address));
  grpc::ClientContext call;
  peer.channels.Prepare(call, watch ? absl::InfiniteFuture() : peer.Deadline());
  EndpointKind::Query query;
  query.set_watch(watch);
  EndpointKind::MutableEntry(query)->add_network_service_names(service);
  auto reader = EndpointKind::Service::NewStub(peer.channel)->Find(&call, query);
  EndpointKind::Response response;
  while (reader->Read(&response)) {
    const NetworkServiceEndpoint& endpoint = EndpointKind::GetEntry(response);
    std::cout << (response.deleted() ? "gone " : "found ") << endpoint.name() << " " << endpoint.url()
              << std::endl;
  }
  return FromGrpc(reader->Finish());
}

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

// Adds a service to a registry or changes it.
absl::Status SetService(const std::string& address, const std::string& path) {
  ASSIGN_OR_RETURN(NetworkService service, ReadService(path));
  Peer peer;
  RETURN_IF_ERROR(peer.Dial(address));
  RegistryChain<ServiceKind> registry;
  registry.Add<GrpcRegistry<ServiceKind>>(peer.channels, peer.url);
  Context context;
  context.deadline = peer.Deadline();
  return registry.Begin().Register(context, std::move(service)).status();
}

std::string PathOf(const nlohmann::json& connection) {
  std::vector<std::string> names;
  for (const auto& segment : connection.value("path", nlohmann::json::array())) {
    names.push_back(segment.value("name", ""));
  }
  return absl::StrJoin(names, " > ");
}

// The client names its connection, and that name is the id of the path's first segment.
std::string ClientOf(const nlohmann::json& connection) {
  const nlohmann::json path = connection.value("path", nlohmann::json::array());
  return path.empty() ? "" : path.front().value("id", "");
}

std::string AgeOf(const nlohmann::json& connection) {
  return connection.contains("age") ? absl::FormatDuration(absl::Seconds(connection.value("age", 0))) : "-";
}

std::string MechanismOf(const nlohmann::json& connection) {
  const nlohmann::json& mechanism = connection.at("mechanism");
  const nlohmann::json& parameters = mechanism.at("parameters");
  std::string text = mechanism.value("type", "");
  if (parameters.contains("name")) absl::StrAppend(&text, "/", parameters.value("name", ""));
  if (parameters.contains("vni")) {
    absl::StrAppend(&text, "/", parameters.value("src_ip", ""), ">", parameters.value("dst_ip", ""), "/",
                    parameters.value("vni", ""));
  }
  return text;
}

void PrintConnections(const nlohmann::json& dump) {
  auto row = [](const auto&... cells) {
    return absl::StrFormat("%-12s %-28s %-20s %-34s %-8s %-8s %s\n", cells...);
  };
  std::cout << row("CLIENT", "SERVICE", "ENDPOINT", "MECHANISM", "STATE", "AGE", "PATH");
  for (const auto& connection : dump.value("connections", nlohmann::json::array())) {
    std::cout << row(ClientOf(connection), connection.value("service", ""), connection.value("endpoint", ""),
                     MechanismOf(connection), connection.value("state", ""), AgeOf(connection),
                     PathOf(connection));
  }
}

}  // namespace
}  // namespace nsm::cmd

int main(int argc, char** argv) {
  std::string address, service, file;
  bool watch = false;
  nsm::cmd::CommandLine command_line("nsmctl", "Looks into a running program, and sets services.");
  auto& app = command_line.app();
  app.require_subcommand(1);
  auto* dump = app.add_subcommand("dump", "print everything that the program holds, as JSON");
  auto* connections = app.add_subcommand("connections", "print a table of the program's connections");
  auto* find = app.add_subcommand("find", "ask a registry for the endpoints of a service");
  auto* set_service = app.add_subcommand("set-service", "add a network service to a registry or change it");
  for (auto* command : {dump, connections, find, set_service}) {
    command->add_option("address", address, "where the program listens: unix:///PATH or tcp://HOST:PORT")
        ->required();
  }
  find->add_option("service", service, "SERVICE or SERVICE@DOMAIN")->required();
  find->add_flag("--watch", watch, "go on with every change, until the registry is lost");
  set_service->add_option("file", file, "a NetworkService of NSM v1 as protobuf writes it in JSON")
      ->required();
  if (auto exit_code = command_line.Parse(argc, argv)) return *exit_code;
  if (find->parsed()) return nsm::cmd::ExitCode("nsmctl", nsm::cmd::Find(address, service, watch));
  if (set_service->parsed()) return nsm::cmd::ExitCode("nsmctl", nsm::cmd::SetService(address, file));
  absl::StatusOr<nlohmann::json> json = nsm::cmd::FetchDump(address);
  if (!json.ok()) return nsm::cmd::ExitCode("nsmctl", json.status());
  if (dump->parsed()) {
    std::cout << json->dump(2) << "\n";
  } else {
    nsm::cmd::PrintConnections(*json);
  }
  return 0;
}
