// SPDX-License-Identifier: Apache-2.0
// The registry's chains. An input is one byte (bits 0 and 1: Register, Unregister, Find, Find with watch; bit
// 2: of a service), the length of the metadata "path" in two bytes, the path, and the entry.
#include <map>

#include "absl/time/clock.h"
#include "src/nsm/hop/hop.h"
#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/registry/memory_store.h"
#include "src/nsm/wire/limits.h"
#include "src/registry/registry.h"
#include "tests/fuzz/target.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/fake_registry.h"

namespace nsm::fuzz {
namespace {

enum Operation { kRegister = 0, kUnregister = 1, kFind = 2, kWatch = 3 };

template <typename Kind>
std::string Input(char flags, const std::string& path, const typename Kind::Entry& entry) {
  return std::string({flags, static_cast<char>(path.size()), static_cast<char>(path.size() >> 8)}) + path +
         entry.SerializeAsString();
}

class Registry final : public Target {
 public:
  std::vector<std::string> Seeds() const override {
    NetworkServiceEndpoint endpoint = Endpoint("nse", {"ns"}, "tcp://10.0.0.1:5001");
    endpoint.mutable_expiration_time()->set_seconds(2'000'000'000);
    endpoint.add_path_ids("spiffe://west.test/nse");
    NetworkService service = Service("ns", kPayloadEthernet);
    (*service.add_matches()->add_routes()->mutable_destination_selector())["app"] = "nse";
    const std::string path = R"({"Index":1,"PathSegments":[{"token":"a"},{"token":"b"}]})";
    std::vector<std::string> seeds;
    for (char operation : {kRegister, kUnregister, kFind, kWatch}) {
      seeds.push_back(Input<EndpointKind>(operation, path, endpoint));
      seeds.push_back(Input<EndpointKind>(operation, "", Endpoint("nse@west.test", {"ns@west.test"})));
      seeds.push_back(Input<EndpointKind>(operation, "", Endpoint("nse@east.test")));
      seeds.push_back(Input<ServiceKind>(static_cast<char>(operation | 4), path, service));
    }
    return seeds;
  }

  void Run(absl::string_view input) override {
    if (input.size() < 3) return;
    const auto operation = static_cast<Operation>(input[0] & 3);
    const size_t length = static_cast<uint8_t>(input[1]) + (static_cast<uint8_t>(input[2]) << 8);
    const absl::string_view path = input.substr(3, length);
    const absl::string_view entry = input.substr(std::min(input.size(), 3 + length));
    if ((input[0] & 4) != 0) {
      Run<ServiceKind>(operation, path, entry, registry_.services(), services_);
    } else {
      Run<EndpointKind>(operation, path, entry, registry_.endpoints(), endpoints_);
    }
  }

 private:
  template <typename Kind>
  void Run(Operation operation, absl::string_view path, absl::string_view bytes,
           const RegistryChain<Kind>& chain, MemoryStore<Kind>& store) {
    typename Kind::Entry entry;
    auto parsed_path = RegistryPath::FromJson(path);
    // As the server does.
    if (!entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !CheckLimits(entry).ok() ||
        !parsed_path.ok()) {
      return;
    }
    Context context;
    context.deadline = absl::Now() + absl::Seconds(5);
    context.caller.token = "token";
    context.registry_path = *parsed_path;
    if (operation == kFind || operation == kWatch)
      return RunFind(context, Query(entry, operation == kWatch), chain);
    if (operation == kUnregister) {
      (void)chain.Begin().Unregister(context, entry);
      return Require(store.List().empty(), "Unregister adds nothing");
    }
    auto registered = chain.Begin().Register(context, entry);
    if (!registered.ok())
      return Require(store.List().empty() && timers_.size() == 0, "a refusal leaves nothing");
    Require(context.registry_path.index == parsed_path->index, "the path is the caller's again");
    Require(store.List().size() == 1, "an entry is in the store");
    Context close = context;
    Require(chain.Begin().Unregister(close, *registered).ok(), "what was registered can be unregistered");
    // Services have no expiry, and another domain's registry is asked where a name has one.
    Require(store.List().empty() && timers_.size() == 0, "Unregister leaves nothing");
  }

  template <typename Kind>
  void RunFind(const Context& context, typename Kind::Query query, const RegistryChain<Kind>& chain) {
    auto sink = std::make_shared<RecordingSink<Kind>>();
    const bool watch = query.watch();
    std::shared_ptr<FindCall> call = chain.Begin().Find(context, std::move(query), sink);
    if (watch) call->Cancel();
    Require(sink->WaitUntilDone() != absl::UnknownError("") && sink->dones() == 1, "a search ends once");
  }
  void RunFind(const Context& context, ServiceKind::Query query, const RegistryChain<ServiceKind>& chain) {
    RunFind<ServiceKind>(context, std::move(query), chain);
  }
  void RunFind(const Context& context, EndpointKind::Query query, const RegistryChain<EndpointKind>& chain) {
    RunFind<EndpointKind>(context, std::move(query), chain);
  }

  FakeClock clock_;
  TimerQueue timers_{clock_};
  InsecureIdentity tokens_{"registry", absl::Minutes(10), clock_};
  ChannelPool channels_{tokens_, absl::Seconds(1)};
  AddressMap addresses_;
  OwnDomains own_domains_{{"west.test"}, addresses_};
  MemoryStore<ServiceKind> services_;
  MemoryStore<EndpointKind> endpoints_{clock_, timers_};
  registry::Registry registry_{{.proxy = std::nullopt},
                               {clock_, channels_, tokens_, {}, own_domains_, services_, endpoints_}};
};

}  // namespace

std::unique_ptr<Target> MakeRegistry() { return std::make_unique<Registry>(); }

}  // namespace nsm::fuzz
