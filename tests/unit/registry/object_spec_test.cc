// SPDX-License-Identifier: Apache-2.0
#include "src/registry/object_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/fake_registry.h"

namespace nsm::registry {
namespace {

using kubernetes::Json;

TEST(ObjectSpec, AnEndpointIsWrittenAsUpstreamWritesIt) {
  NetworkServiceEndpoint entry = Endpoint("nse-1", {"ns"}, "tcp://192.0.2.1:5001");
  entry.mutable_expiration_time()->set_seconds(1'700'000'060);
  entry.mutable_expiration_time()->set_nanos(5);
  entry.mutable_initial_registration_time()->set_seconds(1'700'000'000);
  entry.add_path_ids("spiffe://west.test/nse");
  EXPECT_EQ(ToSpec<EndpointKind>(entry).value(), Json::parse(R"({
    "name": "nse-1",
    "network_service_names": ["ns"],
    "network_service_labels": {"ns": {"labels": {"app": "nse-1"}}},
    "url": "tcp://192.0.2.1:5001",
    "expiration_time": {"seconds": 1700000060, "nanos": 5},
    "initial_registration_time": {"seconds": 1700000000},
    "path_ids": ["spiffe://west.test/nse"]
  })"));
}

TEST(ObjectSpec, AServiceIsWrittenAsUpstreamWritesIt) {
  NetworkService entry = Service("ns", kPayloadEthernet);
  auto& match = *entry.add_matches();
  (*match.mutable_source_selector())["app"] = "fw";
  match.set_fallthrough(true);
  auto& route = *match.add_routes();
  (*route.mutable_destination_selector())["node"] = "{{ .nodeName }}";
  route.set_weight(7);
  match.add_routes();
  (*entry.add_matches()->mutable_metadata()->mutable_labels())["p2p"] = "true";
  EXPECT_EQ(ToSpec<ServiceKind>(entry).value(), Json::parse(R"({
    "name": "ns",
    "payload": "ETHERNET",
    "matches": [
      {"source_selector": {"app": "fw"}, "fallthrough": true,
       "routes": [{"destination_selector": {"node": "{{ .nodeName }}"}, "weight": 7}, {}]},
      {"metadata": {"labels": {"p2p": "true"}}}
    ]
  })"));
}

TEST(ObjectSpec, WhatIsNotKnownAndWhatIsNullIsLeftOut) {
  auto entry = EntryOf<EndpointKind>(Json::parse(R"({
    "metadata": {"name": "nse-1"},
    "spec": {"name": "e", "new_field": {"a": 1}, "url": null, "network_service_names": ["ns", null],
             "network_service_labels": {"ns": null, "other": {"labels": null}}, "expiration_time": null}
  })"));
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(entry->name(), "e");
  EXPECT_THAT(entry->network_service_names(), testing::ElementsAre("ns"));
  EXPECT_EQ(entry->network_service_labels_size(), 1);
  EXPECT_FALSE(entry->has_expiration_time());
}

TEST(ObjectSpec, WithoutANameTheObjectsCounts) {
  EXPECT_EQ(EntryOf<ServiceKind>(Json::parse(R"({"metadata": {"name": "ns"}, "spec": {}})")).value().name(),
            "ns");
  EXPECT_EQ(EntryOf<ServiceKind>(Json::parse(R"({"metadata": {"name": "ns"}})")).value().name(), "ns");
}

TEST(ObjectSpec, TimesThatNobodyCanPrintAreKept) {
  NetworkServiceEndpoint entry = Endpoint("e");
  entry.mutable_expiration_time()->set_seconds(999'999'999'999);
  Json object = {{"metadata", {{"name", "e"}}}, {"spec", ToSpec<EndpointKind>(entry).value()}};
  EXPECT_EQ(EntryOf<EndpointKind>(object).value().expiration_time().seconds(), 999'999'999'999);
}

TEST(ObjectSpec, WhatIsNoEntryIsRefused) {
  for (const char* spec :
       {R"("text")", R"({"url": {"a": 1}})", R"({"network_service_names": {}})", R"({"name": "a\u0001"})"}) {
    Json object = {{"metadata", {{"name", "e"}}}, {"spec", Json::parse(spec)}};
    EXPECT_TRUE(absl::IsInvalidArgument(EntryOf<EndpointKind>(object).status())) << spec;
  }
  Json object = {{"metadata", {{"name", "e"}}}, {"spec", {{"name", std::string(1000, 'a')}}}};
  EXPECT_TRUE(absl::IsInvalidArgument(EntryOf<EndpointKind>(object).status()));
}

}  // namespace
}  // namespace nsm::registry
