// SPDX-License-Identifier: Apache-2.0
// nsm-registry: the registry of a domain (NSR).
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "src/cmd/address_options.h"
#include "src/cmd/probe_commands.h"
#include "src/cmd/program.h"
#include "src/cmd/registry_json.h"
#include "src/core/status_macros.h"
#include "src/kubernetes/access.h"
#include "src/kubernetes/http_api.h"
#include "src/nsm/hop/hop_server.h"
#include "src/nsm/registry/memory_store.h"
#include "src/registry/kubernetes_store.h"
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
  std::string kubeconfig;  // empty: the pod's own cluster
  std::vector<std::string> domains;
  bool in_kubernetes = false;  // where the entries are kept; else in memory
  std::string name_space;      // in Kubernetes; empty: our own
};

// Where the entries are kept.
class Stores {
 public:
  virtual ~Stores() = default;
  virtual Store<ServiceKind>& services() = 0;
  virtual Store<EndpointKind>& endpoints() = 0;
  // Changes that wait for something end soon.
  virtual void Stop() {}
  // For people.
  virtual std::string state() const = 0;
  // For probes: why nothing can be answered yet.
  virtual nlohmann::json WaitsFor() const { return nlohmann::json::array(); }
};

class MemoryStores final : public Stores {
 public:
  explicit MemoryStores(Hop& hop) : endpoints_(hop.clock, hop.expiries) {}
  Store<ServiceKind>& services() override { return services_; }
  Store<EndpointKind>& endpoints() override { return endpoints_; }
  std::string state() const override { return "memory"; }

 private:
  MemoryStore<ServiceKind> services_;
  MemoryStore<EndpointKind> endpoints_;
};

class KubernetesStores final : public Stores {
 public:
  KubernetesStores(kubernetes::Access access, const std::string& name_space, Hop& hop)
      // Callers wait for a few seconds only, in which a server that hangs is to be asked twice.
      : what_(absl::StrCat(access.ToString(), ", namespace ", name_space)),
        api_(kubernetes::NewHttpApi(std::move(access), {.call_timeout = absl::Seconds(2)})),
        services_(*api_, name_space, hop.clock, hop.expiries),
        endpoints_(*api_, name_space, hop.clock, hop.expiries) {}
  Store<ServiceKind>& services() override { return services_; }
  Store<EndpointKind>& endpoints() override { return endpoints_; }
  void Stop() override {
    services_.Stop();
    endpoints_.Stop();
  }
  std::string state() const override {
    absl::Status state = services_.state();
    state.Update(endpoints_.state());
    return absl::StrCat(what_, ": ", state.ok() ? "followed" : state.message());
  }
  nlohmann::json WaitsFor() const override {
    nlohmann::json reasons = nlohmann::json::array();
    for (const absl::Status& listed : {services_.CheckListed(), endpoints_.CheckListed()}) {
      if (!listed.ok()) reasons.push_back(std::string(listed.message()));
    }
    return reasons;
  }

 private:
  const std::string what_;
  const std::unique_ptr<kubernetes::Api> api_;
  registry::KubernetesStore<ServiceKind> services_;
  registry::KubernetesStore<EndpointKind> endpoints_;
};

absl::StatusOr<std::unique_ptr<Stores>> OpenStores(const Options& options, Hop& hop) {
  if (!options.in_kubernetes) return std::make_unique<MemoryStores>(hop);
  ASSIGN_OR_RETURN(kubernetes::Access access, kubernetes::FindAccess(options.kubeconfig));
  std::string name_space = options.name_space;
  if (const char* pods = std::getenv("POD_NAMESPACE"); name_space.empty() && pods != nullptr)
    name_space = pods;
  if (name_space.empty()) name_space = access.name_space;
  return std::make_unique<KubernetesStores>(std::move(access), name_space, hop);
}

absl::Status Run(const Options& options) {
  RETURN_IF_ERROR(StartProgram("nsm-registry", options.common));
  const SystemClock clock;
  ASSIGN_OR_RETURN(const auto identity, OpenIdentity(options.common, clock));
  Hop hop(options.common.name, clock, identity->identity(), options.common.dial_timeout);
  hop.policies = options.common.policies;
  AddressMap addresses(options.addresses.fixed);
  ASSIGN_OR_RETURN(auto address_sources,
                   WatchAddresses(options.addresses, options.kubeconfig, hop.clock, hop.timers, addresses));
  OwnDomains own_domains(options.domains, addresses);

  ASSIGN_OR_RETURN(const std::unique_ptr<Stores> stores, OpenStores(options, hop));
  Store<ServiceKind>& services = stores->services();
  Store<EndpointKind>& endpoints = stores->endpoints();
  registry::Registry::Options chain_options{.proxy = std::nullopt, .endpoint_life = options.endpoint_life};
  if (options.proxy.is_unix() || options.proxy.address.port != 0) chain_options.proxy = options.proxy;
  registry::Registry registry(
      chain_options, {hop.clock, hop.channels, hop.identity, hop.policies, own_domains, services, endpoints});

  HopServer server(hop);
  server.SetRegistries(registry.services(), registry.endpoints());
  server.introspection().Add("store", [&] { return stores->state(); });
  server.introspection().Add(kWaitsFor, [&] { return stores->WaitsFor(); });
  server.introspection().Add("services", [&] { return ToJson(services.List()); });
  server.introspection().Add("endpoints", [&] { return ToJson(endpoints.List()); });
  server.introspection().Add("watches", [&] { return services.watches() + endpoints.watches(); });
  const std::vector<Door> doors = Doors(options.listen_on, {Behind::kRegistry}, options.admin_listen_on);
  RETURN_IF_ERROR(server.Open(doors));
  spdlog::info("{} serves {}", hop.name, doors.front().url.ToString());
  WaitForSignal();
  address_sources.Stop();
  stores->Stop();
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
  command_line.Parsed("--store", "memory",
                      "where the entries are kept: memory, of a registry that is alone, or kubernetes, as "
                      "objects that several replicas share",
                      [&options](const std::string& text) -> absl::Status {
                        options.in_kubernetes = text == "kubernetes";
                        if (options.in_kubernetes || text == "memory") return absl::OkStatus();
                        return absl::InvalidArgumentError("expected memory or kubernetes");
                      });
  command_line.Text("--namespace", &options.name_space,
                    "the Kubernetes namespace that objects are put in, the same for all replicas; by default "
                    "that of the pod (the environment's POD_NAMESPACE) or of the kubeconfig's context");
  command_line.Text("--kubeconfig", &options.kubeconfig,
                    "file that says where the Kubernetes API server is; by default the pod's own cluster");
  if (auto exit_code = command_line.Parse(argc, argv)) return *exit_code;
  return nsm::cmd::ExitCode("nsm-registry", nsm::cmd::Run(options));
}
