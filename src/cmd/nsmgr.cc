// SPDX-License-Identifier: Apache-2.0
// nsmgr: the network service manager of a node.
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>

#include "src/cmd/address_options.h"
#include "src/cmd/probe_commands.h"
#include "src/cmd/program.h"
#include "src/cmd/public_url.h"
#include "src/core/status_macros.h"
#include "src/nsm/config/pod_folder.h"
#include "src/nsm/config/watched_file.h"
#include "src/nsm/hop/hop_server.h"
#include "src/nsmgr/chain.h"
#include "src/nsmgr/pod_doors.h"
#include "src/nsmgr/prefix_list.h"

namespace nsm::cmd {
namespace {

struct Options {
  CommonOptions common{.name = "nsmgr"};
  std::vector<Url> listen_on{Url::Unix("/var/lib/networkservicemesh/nsm.io.sock"), Url::Tcp({"", 5001})};
  std::vector<Url> admin_listen_on;
  Url registry = Url::Tcp({"localhost", 5000});
  AddressOptions addresses;
  std::string kubeconfig;              // empty: the pod's own cluster
  std::string excluded_prefixes_file;  // empty: none
  std::vector<std::string> domains;
  std::string pods_folder;  // empty: no pod has a folder of its own
};

// Pods' doors are the server's.
class PodHouse final : public nsmgr::PodDoors::House {
 public:
  PodHouse(HopServer& server, const nsmgr::Registries& registries)
      : server_(server), registries_(registries) {}
  absl::Status Open(const Door& door) override {
    RETURN_IF_ERROR(CheckPodFolder(std::filesystem::path(door.url.path).parent_path().string()));
    return server_.AddDoor(door);
  }
  void Close(const Door& door, bool is_last) override {
    server_.RemoveDoor(door.url);
    if (is_last) registries_.Forget(*door.pod);
  }

 private:
  HopServer& server_;
  const nsmgr::Registries& registries_;
};

nlohmann::json ToJson(const std::map<std::string, Pod>& pods) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [key, pod] : pods) json[key] = {{"pod", pod.ToString()}, {"uid", pod.uid}};
  return json;
}

absl::Status Run(const Options& options) {
  RETURN_IF_ERROR(StartProgram("nsmgr", options.common));
  // Pods' programs have any user, and to connect to a socket takes the right to write: who has its folder
  // may.
  ::umask(0);
  const SystemClock clock;
  ASSIGN_OR_RETURN(const auto identity, OpenIdentity(options.common, clock));
  Hop hop(options.common.name, clock, identity->identity(), options.common.dial_timeout);
  hop.policies = options.common.policies;
  // A forwarder closes what nobody can ask for any more; a client that lives asks at once.
  hop.keeps_closed = absl::Seconds(2);
  AddressMap addresses(options.addresses.fixed);
  ASSIGN_OR_RETURN(auto address_sources,
                   WatchAddresses(options.addresses, options.kubeconfig, hop.clock, hop.timers, addresses));
  nsmgr::PrefixList excluded;
  ASSIGN_OR_RETURN(auto excluded_file, WatchInto("excluded prefixes", options.excluded_prefixes_file,
                                                 hop.clock, hop.timers, excluded));
  OwnDomains own_domains(options.domains, addresses);
  ASSIGN_OR_RETURN(Url published, PublicUrl(options.listen_on));

  const Labels labels = LabelsFromEnvironment();
  nsmgr::Registries registries(
      {.registry = options.registry, .published = published, .labels = labels},
      {hop.clock, hop.timers, hop.expiries, hop.channels, hop.identity, hop.policies, own_domains});
  HopServer server(hop);
  // Goes before the chain, since it closes connections there until its end.
  nsmgr::ServiceWatches service_watches(registries.services(), registries.endpoints(), hop.clock,
                                        hop.expiries);
  server.ShowConnections(nsmgr::Compose(server.chain(), hop, registries, own_domains, addresses, excluded,
                                        service_watches, labels));
  server.SetRegistries(registries.services(), registries.endpoints());
  server.introspection().Add("endpoints", [&] { return nlohmann::json(registries.LocalEndpoints()); });
  server.introspection().Add(kWaitsFor, [&] {
    nlohmann::json missing = nlohmann::json::array();
    if (registries.Forwarders().empty()) missing.push_back("a forwarder of this node");
    return missing;
  });
  server.introspection().Add("forwarders", [&] { return registries.Forwarders().size(); });
  server.introspection().Add("lookups", [&] { return registries.lookups(); });
  server.introspection().Add("service_watches", [&] { return service_watches.watches(); });
  PodHouse pod_house(server, registries);
  std::unique_ptr<nsmgr::PodDoors> pod_doors;  // goes before the server
  std::atomic<const nsmgr::PodDoors*> doors_of_pods = nullptr;
  server.introspection().Add("pods", [&doors_of_pods] {
    const nsmgr::PodDoors* doors = doors_of_pods;
    return ToJson(doors == nullptr ? std::map<std::string, Pod>() : doors->open());
  });
  RETURN_IF_ERROR(server.Open(Doors(options.listen_on, {Behind::kConnections, Behind::kRegistry},
                                    options.admin_listen_on, Peers::kFederated)));
  if (!options.pods_folder.empty()) {
    ASSIGN_OR_RETURN(pod_doors, nsmgr::PodDoors::Follow(options.pods_folder, pod_house));
    doors_of_pods = pod_doors.get();
  }
  spdlog::info("{} serves {}", hop.name, published.ToString());
  WaitForSignal();
  address_sources.Stop();
  server.Stop();
  return absl::OkStatus();
}

}  // namespace
}  // namespace nsm::cmd

int main(int argc, char** argv) {
  nsm::cmd::Options options;
  nsm::cmd::CommandLine command_line("nsmgr", "The network service manager of a node.");
  options.common.AddTo(command_line);
  command_line.UrlList(
      "--listen-on", &options.listen_on,
      "addresses to serve on: unix:///PATH for this node, tcp://[ADDRESS]:PORT for others; the first "
      "tcp one is published");
  AddAdminListenOn(command_line, &options.admin_listen_on);
  command_line.UrlOption("--registry-url", &options.registry, "the registry of the domain");
  command_line.TextList("--domain", &options.domains, "names of our own domain, separated by commas");
  options.addresses.AddTo(command_line);
  command_line.Text("--kubeconfig", &options.kubeconfig,
                    "file that says where the Kubernetes API server is; by default the pod's own cluster");
  command_line.Text("--excluded-prefixes-file", &options.excluded_prefixes_file,
                    "YAML file with a list \"Prefixes\" whose addresses this node's clients are not to get; "
                    "looked at again whenever it changes");
  command_line.Text(
      "--pods-folder", &options.pods_folder,
      "where nsm-csi keeps the folders of this node's pods; each is served by a socket of its own in there");
  if (auto exit_code = command_line.Parse(argc, argv)) return *exit_code;
  return nsm::cmd::ExitCode("nsmgr", nsm::cmd::Run(options));
}
