// SPDX-License-Identifier: Apache-2.0
// nsm-registry: the registry of a domain (NSR).
#include <spdlog/spdlog.h>

#include "src/cmd/address_options.h"
#include "src/cmd/probe_commands.h"
#include "src/cmd/program.h"
#include "src/cmd/registry_json.h"
#include "src/core/status_macros.h"
#include "src/nsm/hop/hop_server.h"
#include "src/nsm/registry/memory_store.h"
#include "src/registry/registry.h"

namespace nsm::cmd {
namespace {

struct Options {
  CommonOptions common{.name = "nsm-registry"};
  std::vector<Url> listen_on{Url::Tcp({"", 5000})};
  std::vector<Url> admin_listen_on{Url::Unix("/run/nsm/nsm-registry.sock")};
  Url proxy;  // without a port: none
  absl::Duration endpoint_life = absl::Minutes(1);
  AddressOptions addresses;
  std::vector<std::string> domains;
};

absl::Status Run(const Options& options) {
  RETURN_IF_ERROR(StartProgram("nsm-registry", options.common));
  Hop hop(options.common.name, options.common.max_token_lifetime, options.common.dial_timeout);
  AddressMap addresses(options.addresses.fixed);
  ASSIGN_OR_RETURN(auto address_file, WatchAddresses(options.addresses, hop.clock, hop.timers, addresses));
  OwnDomains own_domains(options.domains, addresses);

  MemoryStore<ServiceKind> services;
  MemoryStore<EndpointKind> endpoints;
  registry::Registry::Options chain_options{.proxy = std::nullopt, .endpoint_life = options.endpoint_life};
  if (options.proxy.is_unix() || options.proxy.address.port != 0) chain_options.proxy = options.proxy;
  registry::Registry registry(
      chain_options, {hop.clock, hop.expiries, hop.channels, hop.tokens, own_domains, services, endpoints});

  HopServer server(hop);
  server.SetRegistries(registry.services(), registry.endpoints());
  server.introspection().Add(kWaitsFor, [] { return nlohmann::json::array(); });
  server.introspection().Add("services", [&] { return ToJson(services.List()); });
  server.introspection().Add("endpoints", [&] { return ToJson(endpoints.List()); });
  server.introspection().Add("watches", [&] { return services.watches() + endpoints.watches(); });
  const std::vector<Door> doors = Doors(options.listen_on, {Behind::kRegistry}, options.admin_listen_on);
  RETURN_IF_ERROR(server.Open(doors));
  spdlog::info("{} serves {}", hop.name, doors.front().url.ToString());
  WaitForSignal();
  server.Stop();
  return absl::OkStatus();
}

}  // namespace
}  // namespace nsm::cmd

int main(int argc, char** argv) {
  nsm::cmd::Options options;
  nsm::cmd::CommandLine command_line("nsm-registry", "The registry of a domain: who offers what, and where.");
  options.common.AddTo(command_line);
  command_line.UrlList("--listen-on", &options.listen_on, "addresses to serve on");
  AddAdminListenOn(command_line, &options.admin_listen_on);
  command_line.UrlOption("--proxy-registry-url", &options.proxy,
                         "who is asked for names of other domains, name@domain: the domain's proxy-nsmgr");
  command_line.Duration("--endpoint-life", &options.endpoint_life,
                        "how long an endpoint stays that is not registered again");
  command_line.TextList("--domain", &options.domains, "names of our own domain, separated by commas");
  options.addresses.AddTo(command_line);
  if (auto exit_code = command_line.Parse(argc, argv)) return *exit_code;
  return nsm::cmd::ExitCode("nsm-registry", nsm::cmd::Run(options));
}
