// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "registry.grpc.pb.h"
#include "tests/unit/proto/encoding.h"

namespace nsm {
namespace {

TEST(RegistryProto, NetworkService) {
  ::registry::NetworkService message;
  message.set_name("n");
  message.set_payload("p");
  message.add_matches()->set_fallthrough(true);
  message.add_path_ids("i");
  EXPECT_EQ(message.SerializeAsString(),
            Bytes(1, "n") + Bytes(2, "p") + Bytes(3, Number(3, 1)) + Bytes(4, "i"));
}

TEST(RegistryProto, Match) {
  ::registry::Match message;
  (*message.mutable_source_selector())["a"] = "b";
  ::registry::Destination& route = *message.add_routes();
  (*route.mutable_destination_selector())["c"] = "d";
  route.set_weight(2);
  message.set_fallthrough(true);
  (*message.mutable_metadata()->mutable_labels())["e"] = "f";
  EXPECT_EQ(message.SerializeAsString(), MapEntry(1, "a", "b") +
                                             Bytes(2, MapEntry(1, "c", "d") + Number(2, 2)) + Number(3, 1) +
                                             Bytes(4, MapEntry(1, "e", "f")));
}

TEST(RegistryProto, NetworkServiceEndpoint) {
  ::registry::NetworkServiceEndpoint message;
  message.set_name("n");
  message.add_network_service_names("s");
  (*(*message.mutable_network_service_labels())["s"].mutable_labels())["k"] = "v";
  message.set_url("u");
  message.mutable_expiration_time()->set_seconds(5);
  message.mutable_expiration_time()->set_nanos(1);
  message.mutable_initial_registration_time()->set_seconds(6);
  message.mutable_initial_registration_time()->set_nanos(2);
  message.add_path_ids("i");
  EXPECT_EQ(message.SerializeAsString(), Bytes(1, "n") + Bytes(2, "s") +
                                             MapEntry(3, "s", MapEntry(1, "k", "v")) + Bytes(4, "u") +
                                             Timestamp(5, 5, 1) + Timestamp(6, 6, 2) + Bytes(7, "i"));
}

TEST(RegistryProto, Queries) {
  ::registry::NetworkServiceQuery service;
  service.mutable_network_service()->set_name("n");
  service.set_watch(true);
  EXPECT_EQ(service.SerializeAsString(), Bytes(1, Bytes(1, "n")) + Number(2, 1));
  ::registry::NetworkServiceEndpointQuery endpoint;
  endpoint.mutable_network_service_endpoint()->set_name("n");
  endpoint.set_watch(true);
  EXPECT_EQ(endpoint.SerializeAsString(), Bytes(1, Bytes(1, "n")) + Number(2, 1));
}

TEST(RegistryProto, Responses) {
  ::registry::NetworkServiceResponse service;
  service.mutable_network_service()->set_name("n");
  service.set_deleted(true);
  EXPECT_EQ(service.SerializeAsString(), Bytes(1, Bytes(1, "n")) + Number(2, 1));
  ::registry::NetworkServiceEndpointResponse endpoint;
  endpoint.mutable_network_service_endpoint()->set_name("n");
  endpoint.set_deleted(true);
  EXPECT_EQ(endpoint.SerializeAsString(), Bytes(1, Bytes(1, "n")) + Number(2, 1));
}

}  // namespace
}  // namespace nsm
