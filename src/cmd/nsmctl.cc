// SPDX-License-Identifier: Apache-2.0
// nsmctl: looks into a running program.
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "introspection.grpc.pb.h"
#include "nlohmann/json.hpp"
#include "src/cmd/command_line.h"
#include "src/cmd/program.h"
#include "src/core/status_macros.h"
#include "src/nsm/channel_pool.h"
#include "src/nsm/grpc_status.h"

namespace nsm::cmd {
namespace {

absl::StatusOr<nlohmann::json> FetchDump(const std::string& address) {
  ASSIGN_OR_RETURN(Url url, Url::Parse(address));
  SystemClock clock;
  InsecureTokenSource tokens("nsmctl", absl::Minutes(1), clock);
  ChannelPool channels(tokens, absl::Seconds(2));
  auto channel = channels.Get(url);
  absl::Time deadline = clock.Now() + absl::Seconds(10);
  RETURN_IF_ERROR(channels.Dial(*channel, url, deadline));
  grpc::ClientContext call;
  channels.Prepare(call, deadline);
  ::nsm::introspection::DumpResponse response;
  RETURN_IF_ERROR(
      FromGrpc(::nsm::introspection::Introspection::NewStub(channel)->Dump(&call, {}, &response)));
  nlohmann::json json = nlohmann::json::parse(response.json(), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    return absl::InternalError(absl::StrCat(address, " answered with what is not JSON"));
  return json;
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
  std::string address;
  nsm::cmd::CommandLine command_line("nsmctl", "Looks into a running program.");
  auto& app = command_line.app();
  app.require_subcommand(1);
  auto* dump = app.add_subcommand("dump", "print everything that the program holds, as JSON");
  auto* connections = app.add_subcommand("connections", "print a table of the program's connections");
  for (auto* command : {dump, connections}) {
    command->add_option("address", address, "where the program listens: unix:///PATH or tcp://HOST:PORT")
        ->required();
  }
  if (auto exit_code = command_line.Parse(argc, argv)) return *exit_code;
  absl::StatusOr<nlohmann::json> json = nsm::cmd::FetchDump(address);
  if (!json.ok()) return nsm::cmd::ExitCode("nsmctl", json.status());
  if (dump->parsed()) {
    std::cout << json->dump(2) << "\n";
  } else {
    nsm::cmd::PrintConnections(*json);
  }
  return 0;
}
