// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/registries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/registry/find_all.h"
#include "src/nsm/registry/memory_store.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/fake_registry.h"
#include "tests/harness/registry_host.h"

namespace nsm::nsmgr {
namespace {

using testing::ElementsAre;

// An NSMgr's registries in front of a domain's registry at the other end of a socket.
class RegistriesTest : public testing::Test {
 protected:
  RegistriesTest() {
    domain_endpoints_.Add<StoreRegistry<EndpointKind>>(endpoints_);
    domain_services_.Add<StoreRegistry<ServiceKind>>(services_);
    host_.Start();
  }
  Context Local() {
    Context context;
    context.caller.is_local = true;
    context.deadline = absl::Now() + absl::Seconds(10);
    return context;
  }
  absl::Status Register(const NetworkServiceEndpoint& entry) {
    Context context = Local();
    return registries_.endpoints().Begin().Register(context, entry).status();
  }

  SystemClock clock_;
  FakeClock timer_clock_;
  TimerQueue timers_{timer_clock_};
  InsecureIdentity tokens_{"nsmgr", absl::Minutes(10), clock_};
  ChannelPool channels_{tokens_, absl::Seconds(5)};
  AddressMap addresses_;
  OwnDomains own_{{"west"}, addresses_};
  MemoryStore<EndpointKind> endpoints_;
  MemoryStore<ServiceKind> services_;
  RegistryChain<EndpointKind> domain_endpoints_;
  RegistryChain<ServiceKind> domain_services_;
  RegistryHost host_{domain_endpoints_, domain_services_};
  Registries registries_{{.registry = host_.url(), .published = Url::Parse("tcp://10.0.0.1:5001").value()},
                         {clock_, timers_, timers_, channels_, tokens_, {}, own_}};
};

TEST_F(RegistriesTest, EndpointsAreKnownToTheDomainByOurUrl) {
  ASSERT_TRUE(Register(Endpoint("nse", {"ns"}, "unix:///run/nse.sock")).ok());
  EXPECT_EQ(endpoints_.List().at(0).url(), "tcp://10.0.0.1:5001");
  EXPECT_TRUE(endpoints_.List().at(0).has_expiration_time());
  auto found = FindAll(registries_.endpoints().Begin(), Local(), Endpoint("nse"));
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->at(0).url(), "unix:///run/nse.sock");
  EXPECT_EQ(registries_.LocalEndpoints().size(), 1u);
}

TEST_F(RegistriesTest, OurOwnDomainsNamesFindLocalEndpoints) {
  ASSERT_TRUE(Register(Endpoint("nse", {"ns"}, "unix:///run/nse.sock")).ok());
  auto found = FindAll(registries_.endpoints().Begin(), Local(), Endpoint("nse@west"));
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->at(0).url(), "unix:///run/nse.sock");
}

TEST_F(RegistriesTest, ForwardersStayHere) {
  ASSERT_TRUE(Register(Endpoint("fwd", {"forwarder"}, "unix:///run/fwd.sock")).ok());
  EXPECT_TRUE(endpoints_.List().empty());
  EXPECT_EQ(registries_.Forwarders().at(0).name(), "fwd");
}

TEST_F(RegistriesTest, BothExpireHere) {
  ASSERT_TRUE(Register(Endpoint("nse", {"ns"}, "unix:///run/nse.sock")).ok());
  ASSERT_TRUE(Register(Endpoint("fwd", {"forwarder"}, "unix:///run/fwd.sock")).ok());
  EXPECT_EQ(timers_.size(), 2u);
  timer_clock_.Advance(absl::Hours(24 * 3650));
  timers_.RunDue();
  EXPECT_TRUE(endpoints_.List().empty());
  EXPECT_TRUE(registries_.Forwarders().empty());
}

TEST_F(RegistriesTest, FindsServices) {
  services_.Put(Service("ns", "ETHERNET")).value();
  auto service = registries_.FindService(Local(), "ns");
  ASSERT_TRUE(service.ok()) << service.status();
  EXPECT_EQ(service->payload(), "ETHERNET");
  absl::Status missing = registries_.FindService(Local(), "none").status();
  EXPECT_TRUE(absl::IsNotFound(missing));
  EXPECT_THAT(missing.ToString(), testing::HasSubstr("none"));
}

TEST_F(RegistriesTest, AnEndpointsWatchBreaksWithTheRegistryAndAForwardersDoesNot) {
  ASSERT_TRUE(Register(Endpoint("nse", {"ns"}, "unix:///run/nse.sock")).ok());
  ASSERT_TRUE(Register(Endpoint("fwd", {"forwarder"}, "unix:///run/fwd.sock")).ok());
  auto nse = std::make_shared<RecordingSink<EndpointKind>>();
  auto forwarder = std::make_shared<RecordingSink<EndpointKind>>();
  registries_.endpoints().Begin().Find(Local(), Query(Endpoint("nse"), true), nse);
  registries_.endpoints().Begin().Find(Local(), Query(Endpoint("fwd"), true), forwarder);
  nse->WaitForNames(1);
  host_.Stop();
  EXPECT_TRUE(absl::IsUnavailable(nse->WaitUntilDone()));
  EXPECT_EQ(forwarder->status(), std::nullopt);
}

}  // namespace
}  // namespace nsm::nsmgr
