// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/golden/program.h"

#include <optional>

#include "absl/strings/numbers.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "src/forwarder/chain.h"
#include "src/nsm/hop/hop.h"
#include "src/nsm/monitor/connection_monitor_server.h"
#include "src/nsm/registry/grpc_registry.h"
#include "src/nsm/registry/registry_server.h"
#include "src/nsm/request/network_service_server.h"
#include "src/nsmgr/chain.h"
#include "src/proxy/chain.h"
#include "src/registry/registry.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/fake_dataplane.h"
#include "tests/harness/temp_folder.h"
#include "tests/unit/proxy/fake_resolver.h"

namespace nsm::golden {
namespace {

constexpr absl::Duration kTokenLife = absl::Minutes(10);
constexpr absl::Duration kDialTimeout = absl::Seconds(1);

// Serves on a unix socket and a port.
class Door {
 public:
  explicit Door(const std::vector<grpc::Service*>& services) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(local().ToGrpcTarget(), grpc::InsecureServerCredentials());
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    for (grpc::Service* service : services) builder.RegisterService(service);
    server_ = builder.BuildAndStart();
  }
  ~Door() { server_->Shutdown(); }
  Url local() const { return folder_.Socket("program"); }
  Url remote() const { return Url::Tcp({"127.0.0.1", static_cast<uint16_t>(port_)}); }

 private:
  const TempFolder folder_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

class Registry final : public Program {
 public:
  Registry(const Scene& scene, const PeerUrl& peer)
      : tokens_(scene.program, kTokenLife, clock_),
        own_domains_({scene.domain}, addresses_),
        registry_({.proxy = scene.registry.empty() ? std::nullopt : std::optional(peer(scene.registry))},
                  {clock_, timers_, channels_, tokens_, own_domains_, services_, endpoints_}),
        service_registry_(scene.program, registry_.services(), clock_),
        endpoint_registry_(scene.program, registry_.endpoints(), clock_) {
    door_.emplace(std::vector<grpc::Service*>{&service_registry_, &endpoint_registry_});
  }
  ~Registry() override {
    service_registry_.Shutdown();
    endpoint_registry_.Shutdown();
  }
  Url local() const override { return door_->local(); }
  Url remote() const override { return door_->remote(); }
  const Clock& clock() const override { return clock_; }
  absl::Duration tolerance() const override { return absl::Seconds(1); }
  void Advance(absl::Duration step) override {
    clock_.Advance(step);
    timers_.RunDue();
  }
  size_t watches() const override { return services_.watches() + endpoints_.watches(); }

 private:
  FakeClock clock_;
  TimerQueue timers_{clock_};
  InsecureTokenSource tokens_;
  ChannelPool channels_{tokens_, kDialTimeout};
  AddressMap addresses_;
  OwnDomains own_domains_;
  MemoryStore<ServiceKind> services_;
  MemoryStore<EndpointKind> endpoints_;
  registry::Registry registry_;
  RegistryServer<ServiceKind> service_registry_;
  RegistryServer<EndpointKind> endpoint_registry_;
  std::optional<Door> door_;
};

// What is the same in all programs that connections go through. They compose their chain, serve it, and
// close the door before anything goes that the chain works with.
class HopProgram : public Program {
 public:
  explicit HopProgram(const Scene& scene)
      : hop_(scene.program, kTokenLife, kDialTimeout),
        addresses_(scene.addresses),
        own_domains_(scene.domain.empty() ? std::vector<std::string>{} : std::vector{scene.domain},
                     addresses_),
        requests_(scene.program, chain_, hop_.clock),
        monitor_(hop_.monitor) {}
  Url local() const override { return door_->local(); }
  Url remote() const override { return door_->remote(); }
  const Clock& clock() const override { return hop_.clock; }

 protected:
  void Serve() { door_.emplace(std::vector<grpc::Service*>{&requests_, &monitor_}); }
  template <typename Registries>
  void ServeWith(const Registries& registries) {
    services_.emplace(hop_.name, registries.services(), hop_.clock);
    endpoints_.emplace(hop_.name, registries.endpoints(), hop_.clock);
    door_.emplace(std::vector<grpc::Service*>{&requests_, &monitor_, &*services_, &*endpoints_});
  }
  void Close() {
    monitor_.Shutdown();
    if (services_) services_->Shutdown();
    if (endpoints_) endpoints_->Shutdown();
    hop_.StopTimers();
    door_.reset();
    services_.reset();
    endpoints_.reset();
  }

  Hop hop_;
  AddressMap addresses_;
  OwnDomains own_domains_;
  Chain chain_;

 private:
  NetworkServiceServer requests_;
  ConnectionMonitorServer monitor_;
  std::optional<RegistryServer<ServiceKind>> services_;
  std::optional<RegistryServer<EndpointKind>> endpoints_;
  std::optional<Door> door_;
};

class Nsmgr final : public HopProgram {
 public:
  Nsmgr(const Scene& scene, const PeerUrl& peer)
      : HopProgram(scene),
        registries_({.registry = peer(scene.registry), .published = Url::Parse(scene.url).value()},
                    {hop_.clock, hop_.timers, hop_.expiries, hop_.channels, hop_.tokens, own_domains_}),
        watches_(registries_.services(), registries_.endpoints(), hop_.clock, hop_.expiries) {
    nsmgr::Compose(chain_, hop_, registries_, own_domains_, addresses_, excluded_, watches_, Labels());
    ServeWith(registries_);
  }
  ~Nsmgr() override { Close(); }

 private:
  nsmgr::PrefixList excluded_;
  nsmgr::Registries registries_;
  nsmgr::ServiceWatches watches_;
};

class Forwarder final : public HopProgram {
 public:
  Forwarder(const Scene& scene, const PeerUrl& peer) : HopProgram(scene) {
    services_.Add<FindCache<ServiceKind>>(hop_.clock, hop_.timers);
    services_.Add<GrpcRegistry<ServiceKind>>(hop_.channels, peer(scene.registry));
    endpoints_.Add<FindCache<EndpointKind>>(hop_.clock, hop_.timers);
    endpoints_.Add<GrpcRegistry<EndpointKind>>(hop_.channels, peer(scene.registry));
    forwarder::Compose(chain_, hop_, services_, endpoints_, dataplane_,
                       {.address = IpAddress::Parse(scene.address).value()});
    Serve();
  }
  ~Forwarder() override { Close(); }
  void OfferVni(const Mechanism& agreed) override {
    uint32_t vni = 0;
    if (!absl::SimpleAtoi(Parameter(agreed, mechanism::kVni), &vni)) return;
    (vni % 2 == 0 ? dataplane_.even : dataplane_.odd) = Vni{vni};
  }

 private:
  RegistryChain<ServiceKind> services_;
  RegistryChain<EndpointKind> endpoints_;
  dataplane::FakeDataplane dataplane_;
};

class Proxy final : public HopProgram {
 public:
  Proxy(const Scene& scene, const PeerUrl& peer)
      : HopProgram(scene),
        registries_({.registry = peer(scene.registry), .public_url = Url::Parse(scene.url).value()}, hop_,
                    {resolver_, hop_.channels, workers_}, own_domains_, addresses_) {
    for (const auto& [domain, name] : scene.proxies) resolver_.proxies[domain] = {peer(name)};
    for (const auto& [domain, name] : scene.registries) resolver_.domains[domain] = {peer(name)};
    proxy::Compose(chain_, hop_, registries_, resolver_, own_domains_, addresses_);
    ServeWith(registries_);
  }
  ~Proxy() override { Close(); }

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
