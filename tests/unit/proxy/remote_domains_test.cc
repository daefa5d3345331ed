// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/remote_domains.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/registry/find_all.h"
#include "src/nsm/registry/memory_store.h"
#include "tests/harness/fake_registry.h"
#include "tests/harness/registry_host.h"
#include "tests/unit/proxy/fake_resolver.h"

namespace nsm::proxy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RemoteDomainsTest : public testing::Test {
 protected:
  RemoteDomainsTest() {
    chain_.Add<RemoteDomains<EndpointKind>>(RemoteParts{resolver_, channels_, workers_});
    own_ = &chain_.Add<FakeRegistry<EndpointKind>>();
    remote_chain_.Add<StoreRegistry<EndpointKind>>(remote_store_);
    remote_.StartTcp();
    refusing_chain_.Add<FakeRegistry<EndpointKind>>().answer = absl::UnavailableError("half dead");
    refusing_.StartTcp();
    remote_store_.Put(Endpoint("nse", {"ns"}, "tcp://203.0.113.1:5001")).value();
  }
  absl::StatusOr<std::vector<NetworkServiceEndpoint>> Find(const std::string& service) {
    NetworkServiceEndpoint wanted;
    wanted.add_network_service_names(service);
    Context context;
    context.deadline = absl::Now() + absl::Seconds(20);
    return FindAll(chain_.Begin(), context, wanted);
  }

  SystemClock clock_;
  InsecureIdentity tokens_{"proxy", absl::Minutes(10), clock_};
  ChannelPool channels_{tokens_, absl::Seconds(1)};
  FakeResolver resolver_;
  WorkerPool workers_{2};
  MemoryStore<EndpointKind> remote_store_;
  RegistryChain<EndpointKind> remote_chain_;
  RegistryHost remote_{remote_chain_};
  RegistryChain<EndpointKind> refusing_chain_;
  RegistryHost refusing_{refusing_chain_};
  const Url nobody_ = Url::Tcp({"127.0.0.1", 1});
  RegistryChain<EndpointKind> chain_;
  FakeRegistry<EndpointKind>* own_ = nullptr;
};

TEST_F(RemoteDomainsTest, AsksWithoutAndAnswersWithTheDomain) {
  resolver_.domains["east:7"] = {remote_.url()};
  auto found = Find("ns@east:7");
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->at(0).name(), "nse@east:7");
  EXPECT_THAT(found->at(0).network_service_names(), ElementsAre("ns@east:7"));
  EXPECT_TRUE(found->at(0).network_service_labels().contains("ns@east:7"));
  EXPECT_EQ(found->at(0).url(), "tcp://203.0.113.1:5001");
  EXPECT_TRUE(own_->queries.empty());
}

TEST_F(RemoteDomainsTest, PlainNamesAreOurs) {
  own_->entries = {Endpoint("mine", {"ns"})};
  EXPECT_EQ(Find("ns").value().at(0).name(), "mine");
}

TEST_F(RemoteDomainsTest, EveryAddressIsTriedInOrder) {
  resolver_.domains["east"] = {nobody_, refusing_.url(), remote_.url()};
  auto found = Find("ns@east");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->size(), 1u);
}

TEST_F(RemoteDomainsTest, OneThatIsConnectedComesFirst) {
  RegistryChain<EndpointKind> new_chain;
  auto& new_end = new_chain.Add<FakeRegistry<EndpointKind>>();
  RegistryHost not_asked_yet(new_chain);
  not_asked_yet.Start();
  resolver_.domains["east"] = {remote_.url()};
  EXPECT_EQ(Find("ns@east").value().size(), 1u);
  resolver_.domains["east"] = {not_asked_yet.url(), remote_.url()};
  EXPECT_EQ(Find("ns@east").value().size(), 1u);
  EXPECT_TRUE(new_end.queries.empty());
}

TEST_F(RemoteDomainsTest, TheFirstThatAnswersDecides) {
  RegistryChain<EndpointKind> empty_chain;
  RegistryHost empty(empty_chain);
  empty.StartTcp();
  resolver_.domains["east"] = {empty.url(), remote_.url()};
  EXPECT_TRUE(Find("ns@east").value().empty());
}

TEST_F(RemoteDomainsTest, WhenAllFailTheErrorNamesAll) {
  resolver_.domains["east"] = {nobody_, refusing_.url()};
  absl::Status status = Find("ns@east").status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(status.ToString(), HasSubstr("domain east: asking tcp://127.0.0.1:1: "));
  EXPECT_THAT(status.ToString(), HasSubstr("asking " + refusing_.url().ToString() + ": host: half dead"));
}

TEST_F(RemoteDomainsTest, AnUnknownDomainIsAnError) {
  absl::Status status = Find("ns@nowhere").status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_THAT(status.ToString(), HasSubstr("domain nowhere: no such name"));
}

TEST_F(RemoteDomainsTest, AWatchGoesThrough) {
  resolver_.domains["east"] = {remote_.url()};
  auto sink = std::make_shared<RecordingSink<EndpointKind>>();
  auto call = chain_.Begin().Find(Context(), Query(Endpoint("nse@east"), true), sink);
  sink->WaitForNames(1);
  ASSERT_TRUE(remote_store_.Remove("nse").ok());
  sink->WaitForNames(2);
  EXPECT_THAT(sink->names(), ElementsAre("nse@east", "-nse@east"));
  call->Cancel();
  EXPECT_TRUE(absl::IsCancelled(sink->WaitUntilDone()));
  EXPECT_EQ(sink->dones(), 1);
}

TEST_F(RemoteDomainsTest, AWatchEndsWithTheOtherDomainsRegistry) {
  resolver_.domains["east"] = {remote_.url()};
  auto sink = std::make_shared<RecordingSink<EndpointKind>>();
  chain_.Begin().Find(Context(), Query(Endpoint("nse@east"), true), sink);
  sink->WaitForNames(1);
  remote_.Stop();
  absl::Status status = sink->WaitUntilDone();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(status.ToString(), HasSubstr("domain east"));
}

// DNS that answers when the test says so.
class SlowResolver final : public Resolver {
 public:
  absl::StatusOr<std::vector<Url>> FindRegistry(const std::string&, absl::Time) override {
    asked.set_value();
    go_on.get_future().wait();
    return std::vector<Url>{url};
  }
  absl::StatusOr<std::vector<Url>> FindProxyNsmgr(const std::string&, absl::Time) override {
    return absl::NotFoundError("");
  }
  Url url;
  std::promise<void> asked, go_on;
};

TEST_F(RemoteDomainsTest, CancelDuringDnsAsksNobody) {
  SlowResolver slow;
  slow.url = remote_.url();
  RegistryChain<EndpointKind> chain;
  chain.Add<RemoteDomains<EndpointKind>>(RemoteParts{slow, channels_, workers_});
  auto sink = std::make_shared<RecordingSink<EndpointKind>>();
  auto call = chain.Begin().Find(Context(), Query(Endpoint("nse@east"), true), sink);
  slow.asked.get_future().wait();
  call->Cancel();
  slow.go_on.set_value();
  EXPECT_TRUE(absl::IsCancelled(sink->WaitUntilDone()));
  EXPECT_TRUE(sink->names().empty());
}

}  // namespace
}  // namespace nsm::proxy
