// SPDX-License-Identifier: Apache-2.0
// proxy-nsmgr: what joins a domain with others, proxy NSR and proxy NSMgr in one.
#include <spdlog/spdlog.h>

#include "src/cmd/address_options.h"
#include "src/cmd/program.h"
#include "src/cmd/proxy_options.h"
#include "src/cmd/public_url.h"
#include "src/core/durations_json.h"
#include "src/core/status_macros.h"
#include "src/nsm/monitor/connection_json.h"
#include "src/nsm/monitor/connection_monitor_server.h"
#include "src/nsm/registry/registry_server.h"
#include "src/nsm/request/network_service_server.h"
#include "src/nsm/rpc/introspection.h"
#include "src/nsm/rpc/server.h"
#include "src/proxy/cached_dns.h"
#include "src/proxy/cares_dns.h"
#include "src/proxy/chain.h"

namespace nsm::cmd {
namespace {

// Searches that wait for DNS at the same time; more wait for their turn.
constexpr int kResolverThreads = 32;

absl::Status Run(const ProxyOptions& options) {
  RETURN_IF_ERROR(StartProgram("proxy-nsmgr", options.common));
  Hop hop(options.common.name, options.common.max_token_lifetime, options.common.dial_timeout);
  AddressMap addresses(options.addresses.fixed);
  ASSIGN_OR_RETURN(auto address_file, WatchAddresses(options.addresses, hop.clock, hop.timers, addresses));
  OwnDomains own_domains(options.domains, addresses);
  ASSIGN_OR_RETURN(Url public_url, options.public_url ? *options.public_url : PublicUrl(options.listen_on));

  ASSIGN_OR_RETURN(auto dns, proxy::CaresDns::Create(options.dns_servers));
  proxy::CachedDns cached_dns(*dns, hop.clock);
  proxy::DomainResolver resolver(cached_dns, options.remote_registry_port);
  WorkerPool resolver_threads(kResolverThreads);
  proxy::Registries registries(
      {.registry = options.registry, .public_url = public_url, .advertise = options.advertise}, hop,
      {resolver, hop.channels, resolver_threads}, own_domains, addresses);
  Chain chain;
  Begin& begin = proxy::Compose(chain, hop, registries, resolver, own_domains, addresses);

  NetworkServiceServer network_service(hop.name, chain, hop.clock);
  ConnectionMonitorServer monitor(hop.monitor);
  RegistryServer<ServiceKind> service_registry(hop.name, registries.services(), hop.clock);
  RegistryServer<EndpointKind> endpoint_registry(hop.name, registries.endpoints(), hop.clock);
  Introspection introspection(hop.name);
  introspection.Add("connections", [&] { return ToJson(hop.monitor.Connections(), hop.clock.Now()); });
  introspection.Add("established", [&] { return begin.established_count(); });
  introspection.Add("durations", [&] { return ToJson(network_service.durations()); });
  introspection.Add("lookups", [&] { return registries.lookups(); });
  introspection.Add("monitor_streams", [&] { return hop.next_hops.streams(); });

  std::vector<Url> listen_on = options.listen_on;
  listen_on.insert(listen_on.end(), options.registry_listen_on.begin(), options.registry_listen_on.end());
  ASSIGN_OR_RETURN(
      auto server,
      Server::Start(listen_on,
                    {&network_service, &monitor, &service_registry, &endpoint_registry, &introspection},
                    {service::kNetworkService, service::kMonitor, service::kServices, service::kEndpoints}));
  spdlog::info("{} serves {}", hop.name, public_url.ToString());
  WaitForSignal();
  monitor.Shutdown();
  service_registry.Shutdown();
  endpoint_registry.Shutdown();
  hop.StopTimers();
  return absl::OkStatus();
}

}  // namespace
}  // namespace nsm::cmd

int main(int argc, char** argv) {
  nsm::cmd::ProxyOptions options;
  nsm::cmd::CommandLine command_line("proxy-nsmgr", "Joins a domain with others: proxy NSR and proxy NSMgr.");
  options.AddTo(command_line);
  if (auto exit_code = command_line.Parse(argc, argv)) return *exit_code;
  return nsm::cmd::ExitCode("proxy-nsmgr", nsm::cmd::Run(options));
}
