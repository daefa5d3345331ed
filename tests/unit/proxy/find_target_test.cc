// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/find_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/fake_registry.h"
#include "tests/unit/proxy/fake_resolver.h"

namespace nsm::proxy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FindTargetTest : public testing::Test {
 protected:
  FindTargetTest() {
    registry_ = &endpoints_.Add<FakeRegistry<EndpointKind>>();
    registry_->entries = {Endpoint("nse@east", {}, "tcp://203.0.113.1:5001")};
    chain_.Add<FindTarget>(endpoints_, resolver_, clock_);
    end_ = &chain_.Add<ChainEnd>();
  }
  absl::Status Request(const std::string& endpoint) {
    NetworkServiceRequest request;
    request.mutable_connection()->set_network_service_endpoint_name(endpoint);
    Context context;
    return chain_.Request(context, request).status();
  }
  absl::Status Close(const std::string& endpoint) {
    Connection connection;
    connection.set_network_service_endpoint_name(endpoint);
    Context context;
    return chain_.Close(context, connection);
  }
  // What the look-up of the last Close says.
  absl::StatusOr<std::vector<Url>> Found() {
    Context context;
    return end_->contexts.back().find_next_hop(context);
  }
  std::string NextHop() {
    const auto& url = end_->contexts.back().next_hop;
    return url ? url->ToString() : "";
  }

  std::vector<std::string> Hops() {
    std::vector<std::string> hops;
    for (const Context& context : end_->contexts)
      hops.push_back(context.next_hop ? context.next_hop->ToString() : "");
    return hops;
  }

  const Url dead_ = Url::Tcp({"203.0.113.8", 5006});
  const Url alive_ = Url::Tcp({"203.0.113.9", 5006});
  FakeClock clock_;
  FakeResolver resolver_;
  RegistryChain<EndpointKind> endpoints_;
  FakeRegistry<EndpointKind>* registry_ = nullptr;
  Chain chain_;
  ChainEnd* end_ = nullptr;
};

TEST_F(FindTargetTest, LooksUpForEveryRequest) {
  ASSERT_TRUE(Request("nse@east").ok());
  EXPECT_EQ(NextHop(), "tcp://203.0.113.1:5001");
  registry_->entries[0].set_url("tcp://203.0.113.2:5001");
  ASSERT_TRUE(Request("nse@east").ok());
  EXPECT_EQ(NextHop(), "tcp://203.0.113.2:5001");
}

TEST_F(FindTargetTest, NamesWhatIsMissing) {
  EXPECT_TRUE(absl::IsInvalidArgument(Request("")));
  absl::Status status = Request("other@east");
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(status.ToString(), HasSubstr("other@east"));
  registry_->answer = absl::UnavailableError("domain east: gone");
  EXPECT_EQ(Request("nse@east"), registry_->answer);
  registry_->answer = absl::OkStatus();
  registry_->entries[0].set_url("inode://4/1");
  EXPECT_FALSE(Request("nse@east").ok());
  EXPECT_TRUE(end_->requests.empty());
}

TEST_F(FindTargetTest, ARegistryThatIsAwayEndsNoConnection) {
  ASSERT_TRUE(Request("nse@east").ok());
  registry_->answer = absl::UnavailableError("");
  ASSERT_TRUE(Request("nse@east").ok());
  EXPECT_EQ(NextHop(), "tcp://203.0.113.1:5001");
  clock_.Advance(absl::Minutes(11));
  EXPECT_FALSE(Request("nse@east").ok());
}

TEST_F(FindTargetTest, AnEndpointThatIsGoneIsGone) {
  ASSERT_TRUE(Request("nse@east").ok());
  registry_->entries.clear();
  EXPECT_TRUE(absl::IsNotFound(Request("nse@east")));
}

TEST_F(FindTargetTest, ACloseLooksUpOnlyWhenItIsAskedTo) {
  ASSERT_TRUE(Close("nse@east").ok());
  EXPECT_TRUE(registry_->queries.empty());
  EXPECT_EQ(end_->closes.size(), 1u);
  EXPECT_EQ(Found().value().at(0).ToString(), "tcp://203.0.113.1:5001");
  ASSERT_TRUE(Close("other@east").ok());
  EXPECT_TRUE(absl::IsNotFound(Found().status()));
  resolver_.proxies["east"] = {dead_, alive_};
  EXPECT_EQ(Found().value(), (std::vector<Url>{dead_, alive_}));
}

TEST_F(FindTargetTest, ADomainsProxyNsmgrTakesAllItsRequests) {
  resolver_.proxies["east"] = {alive_};
  ASSERT_TRUE(Request("anything@east").ok());
  EXPECT_EQ(NextHop(), "tcp://203.0.113.9:5006");
  EXPECT_TRUE(registry_->queries.empty()) << "it looks itself";
  registry_->entries.push_back(Endpoint("nse", {}, "tcp://10.0.0.1:5001"));
  ASSERT_TRUE(Request("nse").ok());
  EXPECT_EQ(NextHop(), "tcp://10.0.0.1:5001") << "our own domain";
}

TEST_F(FindTargetTest, WithoutAnAnswerAboutProxiesTheRegistrysUrlIsUsed) {
  resolver_.proxy_error = absl::UnavailableError("no name server");
  ASSERT_TRUE(Request("nse@east").ok());
  EXPECT_EQ(NextHop(), "tcp://203.0.113.1:5001");
}

TEST_F(FindTargetTest, EveryAddressIsTriedAndTheOneThatWasReachedIsRemembered) {
  resolver_.proxies["east"] = {dead_, alive_};
  end_->answer = [this](Connection connection) -> absl::StatusOr<Connection> {
    if (end_->contexts.back().next_hop == dead_) return absl::UnavailableError("connecting: dead");
    return connection;
  };
  ASSERT_TRUE(Request("nse@east").ok());
  EXPECT_THAT(Hops(), ElementsAre(dead_.ToString(), alive_.ToString()));
  ASSERT_TRUE(Request("nse@east").ok());
  EXPECT_THAT(Hops(), ElementsAre(dead_.ToString(), alive_.ToString(), alive_.ToString()));
}

TEST_F(FindTargetTest, EachAddressHasItsShareOfTheTime) {
  resolver_.proxies["east"] = {dead_, alive_};
  end_->answer = [](Connection) { return absl::UnavailableError("dead"); };
  NetworkServiceRequest request;
  request.mutable_connection()->set_network_service_endpoint_name("nse@east");
  Context context;
  context.deadline = clock_.Now() + absl::Seconds(10);
  absl::Status status = chain_.Request(context, request).status();
  EXPECT_EQ(status, absl::UnavailableError("dead; dead"));
  EXPECT_EQ(end_->contexts.at(0).deadline, clock_.Now() + absl::Seconds(5));
  EXPECT_EQ(end_->contexts.at(1).deadline, clock_.Now() + absl::Seconds(10));
}

TEST_F(FindTargetTest, ARefusalIsNotAskedForTwice) {
  resolver_.proxies["east"] = {dead_, alive_};
  end_->answer = [](Connection) { return absl::PermissionDeniedError("no"); };
  EXPECT_TRUE(absl::IsPermissionDenied(Request("nse@east")));
  EXPECT_EQ(end_->requests.size(), 1u);
}

}  // namespace
}  // namespace nsm::proxy
