// SPDX-License-Identifier: Apache-2.0
// nsmgr: the network service manager of a node.
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "src/cmd/address_options.h"
#include "src/cmd/probe_commands.h"
#include "src/cmd/program.h"
#include "src/cmd/public_url.h"
#include "src/core/status_macros.h"
#include "src/nsm/config/watched_file.h"
#include "src/nsm/hop/hop_server.h"
#include "src/nsmgr/chain.h"
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
};

absl::Status Run(const Options& options) {
  RETURN_IF_ERROR(StartProgram("nsmgr", options.common));
  // Pods' programs have any user, and to connect to a socket takes the right to write: who has its folder
  // may.
  ::umask(0);
  Hop hop(options.common.name, options.common.max_token_lifetime, options.common.dial_timeout);
  AddressMap addresses(options.addresses.fixed);
  ASSIGN_OR_RETURN(auto address_sources,
                   WatchAddresses(options.addresses, options.kubeconfig, hop.clock, hop.timers, addresses));
  nsmgr::PrefixList excluded;
  ASSIGN_OR_RETURN(auto excluded_file, WatchInto("excluded prefixes", options.excluded_prefixes_file,
                                                 hop.clock, hop.timers, excluded));
  OwnDomains own_domains(options.domains, addresses);
  ASSIGN_OR_RETURN(Url published, PublicUrl(options.listen_on));

  nsmgr::Registries registries({.registry = options.registry, .published = published},
                               {hop.clock, hop.timers, hop.expiries, hop.channels, hop.tokens, own_domains});
  HopServer server(hop);
  // Goes before the chain, since it closes connections there until its end.
  nsmgr::ServiceWatches service_watches(registries.services(), registries.endpoints(), hop.clock,
                                        hop.expiries);
  server.ShowConnections(nsmgr::Compose(server.chain(), hop, registries, own_domains, addresses, excluded,
                                        service_watches, LabelsFromEnvironment()));
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
  RETURN_IF_ERROR(server.Open(
      Doors(options.listen_on, {Behind::kConnections, Behind::kRegistry}, options.admin_listen_on)));
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
  if (auto exit_code = command_line.Parse(argc, argv)) return *exit_code;
  return nsm::cmd::ExitCode("nsmgr", nsm::cmd::Run(options));
}
