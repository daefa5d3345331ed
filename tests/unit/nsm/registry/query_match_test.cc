// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/query_match.h"

#include <gtest/gtest.h>

#include "tests/harness/fake_registry.h"

namespace nsm {
namespace {

TEST(FindMatch, EmptyFieldsMatchAnything) {
  EXPECT_TRUE(MatchesQuery(NetworkService(), Service("ns", "IP")));
  EXPECT_TRUE(MatchesQuery(NetworkServiceEndpoint(), Endpoint("nse", {"ns"}, "tcp://192.0.2.1:5001")));
}

TEST(FindMatch, Services) {
  EXPECT_TRUE(MatchesQuery(Service("ns", "IP"), Service("ns", "IP")));
  EXPECT_FALSE(MatchesQuery(Service("ns"), Service("ns-2")));
  EXPECT_FALSE(MatchesQuery(Service("ns", "ETHERNET"), Service("ns", "IP")));
  NetworkService with_match = Service("ns");
  with_match.add_matches()->set_fallthrough(true);
  EXPECT_TRUE(MatchesQuery(with_match, with_match));
  EXPECT_TRUE(MatchesQuery(Service("ns"), with_match));
  EXPECT_FALSE(MatchesQuery(with_match, Service("ns")));
}

TEST(FindMatch, EndpointNameIsEqualAndUrlIsContained) {
  NetworkServiceEndpoint entry = Endpoint("nse-1", {}, "tcp://192.0.2.1:5001");
  EXPECT_FALSE(MatchesQuery(Endpoint("nse"), entry));
  EXPECT_TRUE(MatchesQuery(Endpoint("", {}, "192.0.2.1"), entry));
  EXPECT_FALSE(MatchesQuery(Endpoint("", {}, "192.0.2.2"), entry));
}

TEST(FindMatch, AllServicesAskedForAreThere) {
  NetworkServiceEndpoint wanted;
  wanted.add_network_service_names("b");
  EXPECT_TRUE(MatchesQuery(wanted, Endpoint("nse", {"a", "b"})));
  wanted.add_network_service_names("c");
  EXPECT_FALSE(MatchesQuery(wanted, Endpoint("nse", {"a", "b"})));
}

TEST(FindMatch, LabelsAreASubset) {
  NetworkServiceEndpoint entry = Endpoint("nse", {"a"});
  NetworkServiceEndpoint wanted;
  (*(*wanted.mutable_network_service_labels())["a"].mutable_labels())["app"] = "nse";
  EXPECT_TRUE(MatchesQuery(wanted, entry));
  (*(*wanted.mutable_network_service_labels())["a"].mutable_labels())["more"] = "";
  EXPECT_FALSE(MatchesQuery(wanted, entry));
  wanted.clear_network_service_labels();
  (*wanted.mutable_network_service_labels())["b"];
  EXPECT_FALSE(MatchesQuery(wanted, entry));
}

TEST(FindMatch, ExpiryIsComparedInSeconds) {
  NetworkServiceEndpoint entry = Endpoint("nse");
  entry.mutable_expiration_time()->set_seconds(7);
  NetworkServiceEndpoint wanted;
  wanted.mutable_expiration_time()->set_seconds(7);
  wanted.mutable_expiration_time()->set_nanos(1);
  EXPECT_TRUE(MatchesQuery(wanted, entry));
  wanted.mutable_expiration_time()->set_seconds(8);
  EXPECT_FALSE(MatchesQuery(wanted, entry));
}

}  // namespace
}  // namespace nsm
