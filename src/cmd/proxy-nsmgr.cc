// SPDX-License-Identifier: Apache-2.0
// proxy-nsmgr: what joins a domain with others, proxy NSR and proxy NSMgr in one.
#include <spdlog/spdlog.h>

#include "src/cmd/address_options.h"
#include "src/cmd/probe_commands.h"
#include "src/cmd/program.h"
#include "src/cmd/proxy_options.h"
#include "src/cmd/public_url.h"
#include "src/core/status_macros.h"
#include "src/nsm/hop/hop_server.h"
#include "src/proxy/cached_dns.h"
#include "src/proxy/cares_dns.h"
#include "src/proxy/chain.h"

namespace nsm::cmd {
namespace {

// Searches that wait for DNS at the same time; more wait for their turn.
constexpr int kResolverThreads = 32;

absl::Status Run(const ProxyOptions& options) {
  RETURN_IF_ERROR(StartProgram("proxy-nsmgr", options.common));
  const SystemClock clock;
  ASSIGN_OR_RETURN(const auto identity, OpenIdentity(options.common, clock));
  Hop hop(options.common.name, clock, identity->identity(), options.common.dial_timeout, Peers::kFederated);
  hop.policies = options.common.policies;
  AddressMap addresses(options.addresses.fixed);
  ASSIGN_OR_RETURN(auto address_sources,
                   WatchAddresses(options.addresses, options.kubeconfig, hop.clock, hop.timers, addresses));
  OwnDomains own_domains(options.domains, addresses);
  ASSIGN_OR_RETURN(Url public_url, options.public_url ? *options.public_url : PublicUrl(options.listen_on));

  ASSIGN_OR_RETURN(auto dns, proxy::CaresDns::Create(options.dns_servers));
  proxy::CachedDns cached_dns(*dns, hop.clock);
  proxy::DomainResolver resolver(cached_dns, options.remote_registry_port);
  WorkerPool resolver_threads(kResolverThreads);
  proxy::Registries registries(
      {.registry = options.registry, .public_url = public_url, .advertise = options.advertise}, hop,
      {resolver, hop.channels, resolver_threads}, own_domains, addresses);
  HopServer server(hop);
  server.ShowConnections(proxy::Compose(server.chain(), hop, registries, resolver, own_domains, addresses));
  server.SetRegistries(registries.services(), registries.endpoints());
  server.introspection().Add(kWaitsFor, [] { return nlohmann::json::array(); });
  server.introspection().Add("lookups", [&] { return registries.lookups(); });
  std::vector<Door> doors =
      Doors(options.listen_on, {Behind::kConnections}, options.admin_listen_on, Peers::kFederated);
  for (Door& door : Doors(options.registry_listen_on, {Behind::kRegistry}, {}, Peers::kFederated))
    doors.push_back(door);
  RETURN_IF_ERROR(server.Open(doors));
  spdlog::info("{} serves {}", hop.name, public_url.ToString());
  WaitForSignal();
  address_sources.Stop();
  server.Stop();
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
