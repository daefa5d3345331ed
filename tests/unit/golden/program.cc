// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/golden/program.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <set>

#include "absl/strings/numbers.h"
#include "src/forwarder/chain.h"
#include "src/nsm/hop/hop_server.h"
#include "src/nsm/registry/grpc_registry.h"
#include "src/nsm/registry/registry_server.h"
#include "src/nsm/rpc/server.h"
#include "src/nsmgr/chain.h"
#include "src/proxy/chain.h"
#include "src/registry/registry.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/fake_dataplane.h"
#include "tests/harness/free_port.h"
#include "tests/harness/temp_folder.h"
#include "tests/harness/test_hop.h"
#include "tests/unit/proxy/fake_resolver.h"

namespace nsm::golden {
namespace {

constexpr absl::Duration kTokenLife = absl::Minutes(10);
constexpr absl::Duration kDialTimeout = absl::Seconds(1);

// Where a program serves: on a unix socket and a port.
struct Addresses {
  TempFolder folder;
  Url local = folder.Socket("program");
  Url remote = Url::Tcp({"127.0.0.1", FreePort()});
};

class Registry final : public Program {
 public:
  Registry(const Scene& scene, const PeerUrl& peer)
      : tokens_(scene.program, kTokenLife, clock_),
        own_domains_({scene.domain}, addresses_),
        registry_({.proxy = scene.registry.empty() ? std::nullopt : std::optional(peer(scene.registry))},
                  {clock_, channels_, tokens_, {}, own_domains_, services_, endpoints_}),
        service_registry_(scene.program, registry_.services(), kDoor, clock_),
        endpoint_registry_(scene.program, registry_.endpoints(), kDoor, clock_),
        server_(Server::Start({addresses_of_door_.local, addresses_of_door_.remote},
                              grpc::InsecureServerCredentials(), {&service_registry_, &endpoint_registry_})
                    .value()) {}
  ~Registry() override {
    service_registry_.Shutdown();
    endpoint_registry_.Shutdown();
  }
  Url local() const override { return addresses_of_door_.local; }
  Url remote() const override { return addresses_of_door_.remote; }
  const Clock& clock() const override { return clock_; }
  absl::Duration tolerance() const override { return absl::Seconds(1); }
  void Advance(absl::Duration step) override {
    clock_.Advance(step);
    timers_.RunDue();
  }
  size_t watches() const override { return services_.watches() + endpoints_.watches(); }

 private:
  inline static const Door kDoor{.url = {}, .entrants = Entrants::kNode};

  FakeClock clock_;
  TimerQueue timers_{clock_};
  InsecureIdentity tokens_;
  ChannelPool channels_{tokens_, kDialTimeout};
  AddressMap addresses_;
  OwnDomains own_domains_;
  MemoryStore<ServiceKind> services_;
  MemoryStore<EndpointKind> endpoints_{clock_, timers_};
  registry::Registry registry_;
  RegistryServer<ServiceKind> service_registry_;
  RegistryServer<EndpointKind> endpoint_registry_;
  const Addresses addresses_of_door_;
  std::unique_ptr<Server> server_;
};

// What is the same in all programs that connections go through. They compose the server's chain, serve it,
// and stop before anything goes that the chain works with.
class HopProgram : public Program {
 public:
  explicit HopProgram(const Scene& scene)
      : hop_(scene.program, kTokenLife, kDialTimeout),
        addresses_(scene.addresses),
        own_domains_(scene.domain.empty() ? std::vector<std::string>{} : std::vector{scene.domain},
                     addresses_) {}
  Url local() const override { return served_.local; }
  Url remote() const override { return served_.remote; }
  const Clock& clock() const override { return hop_.clock; }

 protected:
  void Serve(const std::set<Behind>& services = {Behind::kConnections}) {
    EXPECT_TRUE(server_.Open(Doors({served_.local, served_.remote}, services)).ok());
  }
  template <typename Registries>
  void ServeWith(const Registries& registries) {
    server_.SetRegistries(registries.services(), registries.endpoints());
    Serve({Behind::kConnections, Behind::kRegistry});
  }

  TestHop hop_;
  AddressMap addresses_;
  OwnDomains own_domains_;
  HopServer server_{hop_};

 private:
  const Addresses served_;
};

class Nsmgr final : public HopProgram {
 public:
  Nsmgr(const Scene& scene, const PeerUrl& peer)
      : HopProgram(scene),
        registries_({.registry = peer(scene.registry), .published = Url::Parse(scene.url).value()},
                    {hop_.clock, hop_.timers, hop_.expiries, hop_.channels, hop_.identity, {}, own_domains_}),
        watches_(registries_.services(), registries_.endpoints(), hop_.clock, hop_.expiries) {
    nsmgr::Compose(server_.chain(), hop_, registries_, own_domains_, addresses_, excluded_, watches_,
                   Labels());
    ServeWith(registries_);
  }
  ~Nsmgr() override { server_.Stop(); }

 private:
  nsmgr::PrefixList excluded_;
  nsmgr::Registries registries_;
  nsmgr::ServiceWatches watches_;
};

class Forwarder final : public HopProgram {
 public:
  Forwarder(const Scene& scene, const PeerUrl& peer)
      : HopProgram(scene),
        mechanisms_(
            forwarder::MechanismsOf(dataplane_, {.address = IpAddress::Parse(scene.address).value()})) {
    services_.Add<FindCache<ServiceKind>>(hop_.clock, hop_.timers);
    services_.Add<GrpcRegistry<ServiceKind>>(hop_.channels, peer(scene.registry));
    endpoints_.Add<FindCache<EndpointKind>>(hop_.clock, hop_.timers);
    endpoints_.Add<GrpcRegistry<EndpointKind>>(hop_.channels, peer(scene.registry));
    forwarder::Compose(server_.chain(), hop_, services_, endpoints_, dataplane_, mechanisms_);
    Serve();
  }
  ~Forwarder() override { server_.Stop(); }
  void OfferVni(const Mechanism& agreed) override {
    uint32_t vni = 0;
    if (!absl::SimpleAtoi(Parameter(agreed, mechanism::kVni), &vni)) return;
    (vni % 2 == 0 ? dataplane_.even : dataplane_.odd) = Vni{vni};
  }

 private:
  RegistryChain<ServiceKind> services_;
  RegistryChain<EndpointKind> endpoints_;
  dataplane::FakeDataplane dataplane_;
  const forwarder::Mechanisms mechanisms_;
};

class Proxy final : public HopProgram {
 public:
  Proxy(const Scene& scene, const PeerUrl& peer)
      : HopProgram(scene),
        registries_({.registry = peer(scene.registry), .public_url = Url::Parse(scene.url).value()}, hop_,
                    {resolver_, hop_.channels, workers_}, own_domains_, addresses_) {
    for (const auto& [domain, name] : scene.proxies) resolver_.proxies[domain] = {peer(name)};
    for (const auto& [domain, name] : scene.registries) resolver_.domains[domain] = {peer(name)};
    proxy::Compose(server_.chain(), hop_, registries_, resolver_, own_domains_, addresses_);
    ServeWith(registries_);
  }
  ~Proxy() override { server_.Stop(); }

 private:
  proxy::FakeResolver resolver_;
  WorkerPool workers_{2};
  proxy::Registries registries_;
};

}  // namespace

std::unique_ptr<Program> Program::Start(const Scene& scene, const PeerUrl& peer) {
  switch (scene.role) {
    case Role::kRegistry:
      return std::make_unique<Registry>(scene, peer);
    case Role::kNsmgr:
      return std::make_unique<Nsmgr>(scene, peer);
    case Role::kForwarder:
      return std::make_unique<Forwarder>(scene, peer);
    case Role::kProxy:
      return std::make_unique<Proxy>(scene, peer);
  }
  return nullptr;
}

}  // namespace nsm::golden
