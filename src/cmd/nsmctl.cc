// SPDX-License-Identifier: Apache-2.0
// nsmctl: looks into a running program, and tells a registry about services and endpoints.
#include <functional>
#include <iostream>
#include <memory>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "src/cmd/command_line.h"
#include "src/cmd/dump_commands.h"
#include "src/cmd/grpc_log.h"
#include "src/cmd/identity_options.h"
#include "src/cmd/probe_commands.h"
#include "src/cmd/program.h"
#include "src/cmd/registry_commands.h"
#include "src/core/log.h"
#include "src/core/status_macros.h"

namespace {

absl::Status OpenIdentity(nsm::cmd::IdentityOptions options, const nsm::Clock& clock,
                          std::unique_ptr<nsm::cmd::ProgramIdentity>& opened) {
  options.insecure = !options.has_source();
  ASSIGN_OR_RETURN(opened, nsm::cmd::ProgramIdentity::Open(options, "nsmctl", absl::Minutes(1), clock));
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  using namespace nsm::cmd;
  CommandLine command_line("nsmctl", "Looks into a running program, and changes a registry.");
  command_line.app().require_subcommand(1);
  // Without a source of identities it asks in plaintext.
  IdentityOptions identity;
  identity.AddTo(command_line);
  std::unique_ptr<ProgramIdentity> own;
  std::string address, argument;
  bool watch = false;
  std::function<absl::Status()> run;
  auto add = [&](const char* name, const char* help, std::function<absl::Status()> command) {
    CLI::App* added = command_line.app().add_subcommand(name, help);
    added->add_option("address", address, "where the program listens: unix:///PATH or tcp://HOST:PORT")
        ->required();
    added->callback([&run, command = std::move(command)] { run = command; });
    return added;
  };
  add("dump", "print everything that the program holds, as JSON",
      [&] { return PrintDump(own->identity(), address, std::cout); });
  add("connections", "print a table of the program's connections",
      [&] { return PrintConnections(own->identity(), address, std::cout); });
  add("traffic", "print what passes a forwarder's connections, which way, and what it drops and why",
      [&] { return PrintTraffic(own->identity(), address, std::cout); });
  add("failures", "print the last Requests that failed, and why",
      [&] { return PrintFailures(own->identity(), address, std::cout); });
  std::string within = "0s";
  add("ready",
      "end with 0 when the program can do its work, a client when it is connected; else say what it waits "
      "for",
      [&]() -> absl::Status {
        absl::Duration limit;
        if (absl::ParseDuration(within, &limit)) return CheckReady(own->identity(), address, limit);
        return absl::InvalidArgumentError(
            absl::StrCat("--within: \"", within, "\" is not a duration such as 10s"));
      })
      ->add_option("--within", within, "how long to wait for that")
      ->capture_default_str();
  add("alive", "end with 0 when the program answers", [&] { return CheckAlive(own->identity(), address); });
  CLI::App* find = add("find", "ask a registry for the endpoints of a service",
                       [&] { return FindEndpoints(own->identity(), address, argument, watch); });
  find->add_option("service", argument, "SERVICE or SERVICE@DOMAIN")->required();
  find->add_flag("--watch", watch, "go on with every change, until the registry is lost");
  add("set-service", "add a network service to a registry or change it",
      [&] { return SetService(own->identity(), address, argument); })
      ->add_option("file", argument, "a NetworkService of NSM v1 as protobuf writes it in JSON")
      ->required();
  add("remove-service", "remove a network service from a registry",
      [&] { return RemoveService(own->identity(), address, argument); })
      ->add_option("name", argument, "the service's name")
      ->required();
  add("unregister", "remove an endpoint from a registry; one that lives registers again",
      [&] { return UnregisterEndpoint(own->identity(), address, argument); })
      ->add_option("name", argument, "the endpoint's name")
      ->required();
  if (auto exit_code = command_line.Parse(argc, argv)) return *exit_code;
  const nsm::SystemClock clock;
  LogWhatGrpcSays();
  absl::Status done = nsm::SetUpLogging("nsmctl", "warn");
  if (done.ok()) done = OpenIdentity(std::move(identity), clock, own);
  if (done.ok()) done = run();
  return ExitCode("nsmctl", done);
}
