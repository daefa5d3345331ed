// SPDX-License-Identifier: Apache-2.0
// The chains of NSMgr, forwarder and proxy NSMgr, as the programs compose them.
#include <map>

#include "src/forwarder/chain.h"
#include "src/nsm/registry/memory_store.h"
#include "src/nsmgr/chain.h"
#include "src/proxy/chain.h"
#include "tests/fuzz/requests.h"
#include "tests/harness/fake_dataplane.h"
#include "tests/harness/fake_registry.h"
#include "tests/harness/registry_host.h"
#include "tests/unit/proxy/fake_resolver.h"

namespace nsm::fuzz {
namespace {

const AddressMap::Entries kAddresses = {
    {IpAddress::Parse("192.0.2.2").value(), IpAddress::Parse("203.0.113.2").value()}};

class Nsmgr final : public RequestTarget {
 public:
  Nsmgr() : RequestTarget("nsmgr") {
    Context context;
    context.caller.is_local = true;
    NetworkServiceEndpoint forwarder = Endpoint("next", {kForwarderService}, next_hop_.unix_url().ToString());
    (*(*forwarder.mutable_network_service_labels())[kForwarderService].mutable_labels())["p2p"] = "true";
    Require(registries_.endpoints().Begin().Register(context, forwarder).ok(), "a forwarder registers");
    Require(registries_.services().Begin().Register(context, Service("ns")).ok(), "a service registers");
    set_begin(nsmgr::Compose(chain_, hop_, registries_, own_domains_, addresses_, excluded_, service_monitor_,
                             Labels{{"nodeName", "n"}}));
  }
  std::vector<std::string> Seeds() const override { return RequestSeeds("ns", "nse"); }
  bool nothing_left() const override { return service_monitor_.connections() == 0; }
  size_t lingering() const override { return RequestTarget::lingering() + service_monitor_.watches(); }

 private:
  AddressMap addresses_{kAddresses};
  nsmgr::PrefixList excluded_;
  OwnDomains own_domains_{{"west.test"}, addresses_};
  TimerQueue expiries_{hop_.clock};  // nobody's registration ends
  nsmgr::Registries registries_{
      {.registry = std::nullopt, .published = Url::Tcp({"192.0.2.2", 5001})},
      {hop_.clock, expiries_, expiries_, hop_.channels, hop_.identity, {}, own_domains_}};
  nsmgr::ServiceWatches service_monitor_{registries_.services(), registries_.endpoints(), hop_.clock,
                                         hop_.timers};
};

class Forwarder final : public RequestTarget {
 public:
  Forwarder() : RequestTarget("forwarder") {
    NetworkService service = Service("ns", kPayloadEthernet);
    auto& match = *service.add_matches();
    (*match.mutable_source_selector())["app"] = "{{.app}}";
    (*match.add_routes()->mutable_destination_selector())["app"] = "{{index . \"app\"}}";
    match.set_fallthrough(true);
    service.add_matches()->add_routes();
    service_store_.Put(service).value();
    endpoint_store_.Put(Endpoint("nse", {"ns"}, next_hop_.unix_url().ToString())).value();
    endpoint_store_.Put(Endpoint("far", {"ns"}, next_hop_.tcp_url().ToString())).value();
    services_.Add<StoreRegistry<ServiceKind>>(service_store_);
    endpoints_.Add<StoreRegistry<EndpointKind>>(endpoint_store_);
    set_begin(forwarder::Compose(chain_, hop_, services_, endpoints_, dataplane_, mechanisms_));
  }
  std::vector<std::string> Seeds() const override {
    std::vector<std::string> seeds = RequestSeeds("ns", "nse");
    for (std::string& seed : RequestSeeds("ns", "far")) seeds.push_back(std::move(seed));
    return seeds;
  }

 private:
  bool nothing_left() const override { return dataplane_.live.empty() && dataplane_.reserved.empty(); }

  MemoryStore<ServiceKind> service_store_;
  MemoryStore<EndpointKind> endpoint_store_;
  RegistryChain<ServiceKind> services_;
  RegistryChain<EndpointKind> endpoints_;
  dataplane::FakeDataplane dataplane_;
  const forwarder::Mechanisms mechanisms_ =
      forwarder::MechanismsOf(dataplane_, {.address = IpAddress::Parse("192.0.2.2").value()});
};

class Proxy final : public RequestTarget {
 public:
  Proxy() : RequestTarget("proxy") {
    proxy_.StartTcp();
    resolver_.domains["east.test"] = {proxy_.url()};
    registries_.emplace(
        proxy::Registries::Options{.registry = proxy_.url(), .public_url = Url::Tcp({"192.0.2.2", 5006})},
        hop_, proxy::RemoteParts{resolver_, hop_.channels, workers_}, own_domains_, addresses_);
    store_.Put(Endpoint("nse", {"ns"}, next_hop_.tcp_url().ToString())).value();
    store_chain_.Add<StoreRegistry<EndpointKind>>(store_);
    set_begin(proxy::Compose(chain_, hop_, *registries_, resolver_, own_domains_, addresses_));
  }
  std::vector<std::string> Seeds() const override {
    std::vector<std::string> seeds = RequestSeeds("ns@east.test", "nse@east.test");
    for (std::string& seed : RequestSeeds("ns@west.test", "nse@west.test")) seeds.push_back(std::move(seed));
    return seeds;
  }

 private:
  AddressMap addresses_{kAddresses};
  OwnDomains own_domains_{{"west.test"}, addresses_};
  MemoryStore<EndpointKind> store_;
  RegistryChain<EndpointKind> store_chain_;
  RegistryHost proxy_{store_chain_};  // of the other domain, and our own domain's registry
  proxy::FakeResolver resolver_;
  WorkerPool workers_{2};
  std::optional<proxy::Registries> registries_;
};

}  // namespace

std::unique_ptr<Target> MakeNsmgr() { return std::make_unique<Nsmgr>(); }
std::unique_ptr<Target> MakeForwarder() { return std::make_unique<Forwarder>(); }
std::unique_ptr<Target> MakeProxy() { return std::make_unique<Proxy>(); }

}  // namespace nsm::fuzz
