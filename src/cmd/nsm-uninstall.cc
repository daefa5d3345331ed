// SPDX-License-Identifier: Apache-2.0
// nsm-uninstall: the parts of uninstalling from a Kubernetes cluster that Helm cannot do.
#include <spdlog/spdlog.h>

#include <functional>
#include <thread>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "src/cmd/command_line.h"
#include "src/cmd/node_cleanup.h"
#include "src/cmd/program.h"
#include "src/core/clock.h"
#include "src/core/log.h"
#include "src/core/status_macros.h"
#include "src/kubernetes/access.h"
#include "src/kubernetes/http_api.h"

namespace nsm::cmd {
namespace {

constexpr absl::Duration kPause = absl::Seconds(1);

struct Options {
  std::string log_level = "info";
  std::string folder;
  std::string daemon_set = "nsm-uninstall";
  std::string kubeconfig;
  absl::Duration timeout = absl::Minutes(3);
};

constexpr char kProgram[] = "nsm-uninstall";

absl::Status Stay(const Options& options) {
  RETURN_IF_ERROR(StartProcess(kProgram, options.log_level));
  WaitForSignal();
  return absl::OkStatus();
}

absl::Status WaitForNodes(const Options& options) {
  RETURN_IF_ERROR(SetUpLogging(kProgram, options.log_level));
  ASSIGN_OR_RETURN(kubernetes::Access access, kubernetes::FindAccess(options.kubeconfig));
  const std::string name_space = access.name_space;
  const std::unique_ptr<kubernetes::Api> api = kubernetes::NewHttpApi(std::move(access));
  const SystemClock clock;
  const absl::Duration end = clock.Elapsed() + options.timeout;
  std::string said;
  while (true) {
    absl::StatusOr<NodeCleanup> cleanup = LookAtCleanup(*api, name_space, options.daemon_set);
    const std::string text = cleanup.ok() ? cleanup->ToString() : cleanup.status().ToString();
    if (text != said) spdlog::info("{}", text);
    said = text;
    if (cleanup.ok() && cleanup->IsComplete()) {
      // Not by Helm, which would also take it away when other nodes do not answer.
      return api->Delete({.group = "apps", .version = "v1", .plural = "daemonsets", .name_space = name_space},
                         options.daemon_set, {});
    }
    if (clock.Elapsed() >= end) {
      return absl::DeadlineExceededError(absl::StrCat(
          "within ", absl::FormatDuration(options.timeout), ": ", text,
          ". A node that comes back is cleaned as long as DaemonSet ", options.daemon_set, " is there"));
    }
    std::this_thread::sleep_for(absl::ToChronoMilliseconds(kPause));
  }
}

}  // namespace
}  // namespace nsm::cmd

int main(int argc, char** argv) {
  using namespace nsm::cmd;
  Options options;
  CommandLine command_line(kProgram, "The parts of uninstalling from a cluster that Helm cannot do.");
  command_line.Text("--log-level", &options.log_level, "debug, info, warn, error or off");
  command_line.Text("--kubeconfig", &options.kubeconfig,
                    "how to reach the API server; empty: as a pod of the cluster");
  command_line.Text("--daemon-set", &options.daemon_set, "whose pods clean the nodes");
  command_line.Duration("--timeout", &options.timeout, "how long to wait for all nodes");
  command_line.app().require_subcommand(1);
  std::function<absl::Status()> run;
  CLI::App* folder = command_line.app().add_subcommand("folder", "remove a folder of sockets from this node");
  folder->add_option("folder", options.folder, "where it is")->required();
  folder->callback([&] { run = [&] { return RemoveSocketFolder(options.folder); }; });
  command_line.app()
      .add_subcommand("stay", "until told to end: a pod that is ready says that its node is clean")
      ->callback([&] { run = [&] { return Stay(options); }; });
  command_line.app()
      .add_subcommand(
          "wait", "wait until the DaemonSet's pods are ready on every node, and end it; else say where not")
      ->callback([&] { run = [&] { return WaitForNodes(options); }; });
  if (auto exit_code = command_line.Parse(argc, argv)) return *exit_code;
  return ExitCode(kProgram, run());
}
