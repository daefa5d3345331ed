// SPDX-License-Identifier: Apache-2.0
// nsm-registry: the registry of a domain (NSR).
#include <spdlog/spdlog.h>

#include "src/cmd/address_options.h"
#include "src/cmd/program.h"
#include "src/cmd/registry_json.h"
#include "src/core/status_macros.h"
#include "src/nsm/hop/hop.h"
#include "src/nsm/monitor/connection_json.h"
#include "src/nsm/registry/memory_store.h"
#include "src/nsm/registry/registry_server.h"
#include "src/nsm/rpc/introspection.h"
#include "src/nsm/rpc/server.h"
#include "src/registry/registry.h"

namespace nsm::cmd {
namespace {

struct Options {
  CommonOptions common{.name = "nsm-registry"};
  std::vector<Url> listen_on{Url::Tcp({"", 5000})};
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
      chain_options, {hop.clock, hop.timers, hop.channels, hop.tokens, own_domains, services, endpoints});

  RegistryServer<ServiceKind> service_registry(hop.name, registry.services(), hop.clock);
  RegistryServer<EndpointKind> endpoint_registry(hop.name, registry.endpoints(), hop.clock);
  Introspection introspection(hop.name);
  introspection.Add("services", [&] { return ToJson(services.List()); });
  introspection.Add("endpoints", [&] { return ToJson(endpoints.List()); });
  introspection.Add("watches", [&] { return services.watches() + endpoints.watches(); });

  ASSIGN_OR_RETURN(auto server,
                   Server::Start(options.listen_on, {&service_registry, &endpoint_registry, &introspection},
                                 {service::kServices, service::kEndpoints}));
  spdlog::info("{} serves {}", hop.name, options.listen_on.front().ToString());
  WaitForSignal();
  service_registry.Shutdown();
  endpoint_registry.Shutdown();
  hop.StopTimers();
  return absl::OkStatus();
}

}  // namespace
}  // namespace nsm::cmd

int main(int argc, char** argv) {
  nsm::cmd::Options options;
  nsm::cmd::CommandLine command_line("nsm-registry", "The registry of a domain: who offers what, and where.");
  options.common.AddTo(command_line);
  command_line.UrlList("--listen-on", &options.listen_on, "addresses to serve on");
  command_line.UrlOption("--proxy-registry-url", &options.proxy,
                         "who is asked for names of other domains, name@domain: the domain's proxy-nsmgr");
  command_line.Duration("--endpoint-life", &options.endpoint_life,
                        "how long an endpoint stays that is not registered again");
  command_line.TextList("--domain", &options.domains, "names of our own domain, separated by commas");
  options.addresses.AddTo(command_line);
  if (auto exit_code = command_line.Parse(argc, argv)) return *exit_code;
  return nsm::cmd::ExitCode("nsm-registry", nsm::cmd::Run(options));
}
