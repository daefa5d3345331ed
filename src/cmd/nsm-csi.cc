// SPDX-License-Identifier: Apache-2.0
// nsm-csi: gives each pod of a node that wants it a folder with its NSMgr's socket (CSI node driver, inline
// volumes).
#include <spdlog/spdlog.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "src/cmd/probe_commands.h"
#include "src/cmd/program.h"
#include "src/cmd/version.h"
#include "src/core/status_macros.h"
#include "src/core/unique_fd.h"
#include "src/csi/driver.h"
#include "src/csi/linux_mounts.h"
#include "src/nsm/config/pod_folder.h"
#include "src/nsm/rpc/introspection.h"
#include "src/nsm/rpc/server.h"

namespace nsm::cmd {
namespace {

constexpr char kProgram[] = "nsm-csi";
constexpr char kSocket[] = "csi.sock";

struct Options {
  std::string log_level = "info";
  std::string driver = "csi.networkservicemesh.io";
  std::string node;
  std::string kubelet_folder = "/var/lib/kubelet";
  std::string pods_folder = "/var/lib/networkservicemesh/pods";
  bool cleanup = false;
};

std::string PluginFolder(const Options& options) {
  return absl::StrCat(options.kubelet_folder, "/plugins/", options.driver);
}

absl::Status Cleanup(const Options& options, csi::Volumes& volumes) {
  RETURN_IF_ERROR(volumes.RemoveAll());
  // The socket went with the driver, unless that was killed.
  std::error_code error;
  std::filesystem::remove(PluginFolder(options) + "/" + kSocket, error);
  std::filesystem::remove(PluginFolder(options), error);
  if (!error || error == std::errc::no_such_file_or_directory) return absl::OkStatus();
  return absl::ErrnoToStatus(error.value(), absl::StrCat("removing ", PluginFolder(options)));
}

// The end of the place where folders are made is an error, of which the kernel does not tell: whoever starts
// this program again mounts a new one.
absl::Status ServeUntilSignal(const Options& options) {
  UniqueFd ticks(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  const itimerspec interval = {.it_interval = {.tv_sec = 1, .tv_nsec = 0},
                               .it_value = {.tv_sec = 1, .tv_nsec = 0}};
  if (::timerfd_settime(ticks.get(), 0, &interval, nullptr) != 0) {
    return absl::ErrnoToStatus(errno, "setting a timer");
  }
  while (!SignalBefore(ticks.get())) {
    uint64_t passed = 0;
    if (::read(ticks.get(), &passed, sizeof(passed)) < 0)
      return absl::ErrnoToStatus(errno, "reading a timer");
    RETURN_IF_ERROR(CheckPlaceOfPodsFolder(options.pods_folder));
  }
  return absl::OkStatus();
}

absl::Status Serve(const Options& options, csi::Volumes& volumes) {
  if (options.node.empty()) return absl::InvalidArgumentError("--node (NSM_NODE) is missing");
  const Url endpoint = Url::Unix(absl::StrCat(PluginFolder(options), "/", kSocket));
  const Url registration =
      Url::Unix(absl::StrCat(options.kubelet_folder, "/plugins_registry/", options.driver, "-reg.sock"));
  const csi::Driver driver = {
      .name = options.driver, .version = Version(), .node = options.node, .endpoint = endpoint.path};
  csi::IdentityService identity(driver);
  csi::NodeService node(driver, volumes);
  csi::RegistrationService registrar(driver);
  Introspection introspection(options.driver);
  introspection.Add(kWaitsFor, [&registrar] {
    nlohmann::json missing = nlohmann::json::array();
    const absl::Status registered = registrar.registered();
    if (!registered.ok()) missing.push_back(absl::StrCat("kubelet: ", registered.message()));
    return missing;
  });
  RETURN_IF_ERROR(volumes.Recover());
  const auto plaintext = grpc::InsecureServerCredentials();  // kubelet has no identity
  ASSIGN_OR_RETURN(auto server, Server::Start({endpoint}, plaintext, {&identity, &node, &introspection}));
  // After what it leads to.
  ASSIGN_OR_RETURN(auto door, Server::Start({registration}, plaintext, {&registrar}));
  spdlog::info("{} serves kubelet at {}", options.driver, endpoint.ToString());
  absl::Status status = ServeUntilSignal(options);
  door->Shutdown(absl::Seconds(1));
  introspection.Shutdown();
  server->Shutdown(absl::Seconds(1));
  return status;
}

absl::Status Run(const Options& options) {
  RETURN_IF_ERROR(StartProcess(kProgram, options.log_level));
  csi::LinuxMounts mounts;
  csi::Volumes volumes(options.pods_folder, mounts);
  return options.cleanup ? Cleanup(options, volumes) : Serve(options, volumes);
}

}  // namespace
}  // namespace nsm::cmd

int main(int argc, char** argv) {
  nsm::cmd::Options options;
  nsm::cmd::CommandLine command_line(nsm::cmd::kProgram,
                                     "Gives each pod of a node a folder with its NSMgr's socket.");
  command_line.Text("--log-level", &options.log_level, "debug, info, warn, error or off");
  command_line.Text("--driver", &options.driver, "name of the driver, and of its CSIDriver object");
  command_line.Text("--node", &options.node, "name of the node that this is");
  command_line.Text("--kubelet-folder", &options.kubelet_folder,
                    "of the node's kubelet, at this path also on the node");
  command_line.Text("--pods-folder", &options.pods_folder,
                    "where the folders of pods are, those of the NSMgr's --pods-folder");
  command_line.Flag("--cleanup", &options.cleanup, "remove all folders of pods from this node, and end");
  if (auto exit_code = command_line.Parse(argc, argv)) return *exit_code;
  return nsm::cmd::ExitCode(nsm::cmd::kProgram, nsm::cmd::Run(options));
}
