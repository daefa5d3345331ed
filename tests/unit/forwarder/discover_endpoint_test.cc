// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/discover_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/nsm/wire/time.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"

namespace nsm::forwarder {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Its registry is two lists that answer with everything, whatever is asked.
class DiscoverEndpointTest : public testing::Test {
 protected:
  DiscoverEndpointTest() {
    chain_.Add<DiscoverEndpoint>(
        [this](const Context&, ::registry::NetworkServiceQuery query) {
          service_queries_.push_back(query);
          return services_;
        },
        [this](const Context&, ::registry::NetworkServiceEndpointQuery query) {
          endpoint_queries_.push_back(query);
          return endpoints_;
        },
        clock_);
    end_ = &chain_.Add<ChainEnd>();
    NetworkService service;
    service.set_name("ns");
    service.set_payload("ETHERNET");
    services_ = {service};
    connection_.set_network_service("ns");
  }
  NetworkServiceEndpoint& Add(const std::string& name) {
    NetworkServiceEndpoint endpoint;
    endpoint.set_name(name);
    endpoint.set_url("unix:///run/" + name);
    endpoint.add_network_service_names("ns");
    endpoints_.push_back(endpoint);
    return endpoints_.back();
  }
  // To which endpoints the requests went since the last call; "name!" where URL and name differ.
  std::vector<std::string> Tried() {
    std::vector<std::string> names;
    for (size_t i = 0; i < end_->requests.size(); ++i) {
      const std::string& name = end_->requests[i].connection().network_service_endpoint_name();
      names.push_back(end_->contexts[i].next_hop->path == "/run/" + name ? name : name + "!");
    }
    end_->requests.clear();
    end_->contexts.clear();
    return names;
  }
  absl::StatusOr<Connection> Request() { return chain_.Request(context_, RequestFor(connection_)); }

  FakeClock clock_;
  std::vector<NetworkService> services_;
  std::vector<NetworkServiceEndpoint> endpoints_;
  std::vector<::registry::NetworkServiceQuery> service_queries_;
  std::vector<::registry::NetworkServiceEndpointQuery> endpoint_queries_;
  Chain chain_;
  ChainEnd* end_ = nullptr;
  Context context_;
  Connection connection_ = ConnectionThrough({"nsc", "nsmgr", "fwd"}, 2);
};

TEST_F(DiscoverEndpointTest, FindsAnEndpointOfTheServiceAndItsPayload) {
  Add("nse");
  auto answer = Request();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(Tried(), ElementsAre("nse"));
  EXPECT_EQ(answer->payload(), "ETHERNET");
  EXPECT_EQ(service_queries_.at(0).network_service().name(), "ns");
  EXPECT_THAT(endpoint_queries_.at(0).network_service_endpoint().network_service_names(), ElementsAre("ns"));
}

TEST_F(DiscoverEndpointTest, EndpointsTakeTurns) {
  Add("c");
  Add("a");
  Add("b");
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(Request().ok());
  EXPECT_THAT(Tried(), ElementsAre("a", "b", "c", "a"));
}

TEST_F(DiscoverEndpointTest, ReselectChoosesAnewAndGoesOnAsSuch) {
  Add("a");
  Add("b");
  auto first = Request();
  ASSERT_TRUE(first.ok()) << first.status();
  // As a client asks: with path and payload of before, and without the endpoint's name.
  connection_ = *first;
  connection_.clear_network_service_endpoint_name();
  connection_.set_state(::connection::RESELECT_REQUESTED);
  ASSERT_TRUE(Request().ok());
  EXPECT_EQ(end_->requests.back().connection().state(), ::connection::RESELECT_REQUESTED);
  EXPECT_THAT(Tried(), ElementsAre("a", "b"));
}

TEST_F(DiscoverEndpointTest, TheOneThatWasGivenUpIsTriedLast) {
  for (const char* name : {"a@east.test", "b@east.test", "c@east.test"}) Add(name).set_url("unix:///run/x");
  connection_ = ConnectionThrough({"nsc", "nsmgr", "fwd", "proxy", "b"}, 2);
  connection_.set_network_service("ns");
  connection_.set_state(::connection::RESELECT_REQUESTED);
  end_->answer = [](Connection) { return absl::UnavailableError("dead"); };
  EXPECT_FALSE(Request().ok());
  EXPECT_FALSE(Request().ok());
  std::vector<std::string> tried;
  for (const auto& request : end_->requests) {
    tried.push_back(request.connection().network_service_endpoint_name());
  }
  EXPECT_THAT(tried, ElementsAre("a@east.test", "c@east.test", "b@east.test", "c@east.test", "a@east.test",
                                 "b@east.test"));
}

TEST_F(DiscoverEndpointTest, TriesAllUntilOneAccepts) {
  for (const char* name : {"a", "b", "c"}) Add(name);
  end_->answer = [](Connection connection) -> absl::StatusOr<Connection> {
    if (connection.network_service_endpoint_name() == "c") return connection;
    return absl::ResourceExhaustedError("full");
  };
  EXPECT_EQ(Request()->network_service_endpoint_name(), "c");
  EXPECT_THAT(Tried(), ElementsAre("a", "b", "c"));
  end_->answer = [](Connection) { return absl::ResourceExhaustedError("full"); };
  absl::Status failed = Request().status();
  EXPECT_EQ(failed.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(failed.message(), HasSubstr("endpoint a: full")) << "the last one that was tried";
  EXPECT_THAT(Tried(), ElementsAre("b", "c", "a"));
}

TEST_F(DiscoverEndpointTest, AnEndpointWithoutAUsableUrlIsPassedOver) {
  Add("a").set_url("inode://4/1");
  Add("b");
  EXPECT_TRUE(Request().ok());
  EXPECT_THAT(Tried(), ElementsAre("b"));
  endpoints_.pop_back();
  EXPECT_TRUE(absl::IsInvalidArgument(Request().status()));
}

TEST_F(DiscoverEndpointTest, ANamedEndpointIsTheOnlyCandidate) {
  Add("a");
  Add("b");
  connection_.set_network_service_endpoint_name("b");
  ASSERT_TRUE(Request().ok());
  connection_.set_payload("IP");
  EXPECT_EQ(Request()->payload(), "IP") << "a refresh asks for nothing but the URL";
  EXPECT_THAT(Tried(), ElementsAre("b", "b"));
  EXPECT_EQ(service_queries_.size(), 1u);
  EXPECT_EQ(endpoint_queries_.at(1).network_service_endpoint().name(), "b");
  connection_.set_network_service_endpoint_name("gone");
  absl::Status gone = Request().status();
  EXPECT_TRUE(absl::IsNotFound(gone)) << "a similar name does not do: " << gone;
}

TEST_F(DiscoverEndpointTest, ANamedEndpointMustOfferTheService) {
  Add("b").set_network_service_names(0, "other");
  connection_.set_network_service_endpoint_name("b");
  for (const char* payload : {"", "ETHERNET"}) {
    connection_.set_payload(payload);
    const absl::Status refused = Request().status();
    EXPECT_TRUE(absl::IsNotFound(refused)) << refused;
    EXPECT_THAT(refused.message(), HasSubstr("\"b\" does not offer network service \"ns\" but other"));
  }
  EXPECT_THAT(Tried(), ElementsAre());
  connection_.set_network_service("other@east.test");
  EXPECT_TRUE(Request().ok()) << "the name within its domain";
}

TEST_F(DiscoverEndpointTest, SaysWhatIsMissing) {
  auto missing = [this] {
    absl::Status status = Request().status();
    EXPECT_TRUE(absl::IsNotFound(status)) << status;
    return std::string(status.message());
  };
  EXPECT_THAT(missing(), HasSubstr("\"ns\" has no endpoint"));
  Add("nse");
  (*services_[0].add_matches()->mutable_source_selector())["app"] = "other";
  EXPECT_THAT(missing(), HasSubstr("none of the 1 endpoints"));
  services_[0].set_name("ns2");
  EXPECT_THAT(missing(), HasSubstr("network service \"ns\" is not found"));
}

TEST_F(DiscoverEndpointTest, ItsRegistrysClockMayBeFiveMinutesBehind) {
  *Add("nse").mutable_expiration_time() = ToTimestamp(clock_.Now());
  clock_.Advance(absl::Minutes(5));
  EXPECT_TRUE(Request().ok());
  clock_.Advance(absl::Minutes(31));
  absl::Status status = Request().status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_THAT(status.message(), HasSubstr("expired 36m ago by our clock; do clocks differ?"));
  Add("nse-2");
  EXPECT_TRUE(Request().ok());
}

TEST_F(DiscoverEndpointTest, OneThatHangsLeavesTheOthersTheirTime) {
  for (const char* name : {"a", "b", "c"}) Add(name);
  const absl::Time start = clock_.Now();
  context_.deadline = start + absl::Seconds(15);
  end_->answer = [this](Connection) {
    clock_.Advance(end_->contexts.back().deadline - clock_.Now());
    return absl::DeadlineExceededError("hangs");
  };
  EXPECT_TRUE(absl::IsDeadlineExceeded(Request().status()));
  std::vector<absl::Duration> limits;
  for (const Context& context : end_->contexts) limits.push_back(context.deadline - start);
  EXPECT_THAT(limits, ElementsAre(absl::Seconds(5), absl::Seconds(10), absl::Seconds(15)));
}

TEST_F(DiscoverEndpointTest, OfManyEachHasTwoSecondsAndSomeHaveNoTurn) {
  for (int i = 0; i < 100; ++i) Add("nse-" + std::to_string(i));
  context_.deadline = clock_.Now() + absl::Seconds(5);
  end_->answer = [this](Connection) {
    clock_.Advance(end_->contexts.back().deadline - clock_.Now());
    return absl::DeadlineExceededError("hangs");
  };
  EXPECT_TRUE(absl::IsDeadlineExceeded(Request().status()));
  EXPECT_EQ(end_->contexts.size(), 3u) << "2 s, 2 s, and 1 s that is left";
}

TEST_F(DiscoverEndpointTest, ACloseLooksUpOnlyWhenItIsAskedTo) {
  Add("nse");
  connection_.set_network_service_endpoint_name("nse");
  ASSERT_TRUE(chain_.Close(context_, connection_).ok());
  EXPECT_TRUE(endpoint_queries_.empty());
  const auto& find = end_->contexts.at(0).find_next_hop;
  EXPECT_EQ(find(context_).value().at(0).path, "/run/nse");
  endpoints_.clear();
  EXPECT_TRUE(absl::IsNotFound(find(context_).status()));
  connection_.clear_network_service_endpoint_name();
  ASSERT_TRUE(chain_.Close(context_, connection_).ok());
  EXPECT_TRUE(absl::IsNotFound(end_->contexts.at(1).find_next_hop(context_).status()));
}

}  // namespace
}  // namespace nsm::forwarder
