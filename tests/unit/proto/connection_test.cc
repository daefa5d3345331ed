// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "connection.grpc.pb.h"
#include "networkservice.grpc.pb.h"
#include "tests/unit/proto/encoding.h"

namespace nsm {
namespace {

TEST(ConnectionProto, Mechanism) {
  ::connection::Mechanism message;
  message.set_cls("c");
  message.set_type("t");
  (*message.mutable_parameters())["k"] = "v";
  EXPECT_EQ(message.SerializeAsString(), Bytes(1, "c") + Bytes(2, "t") + MapEntry(3, "k", "v"));
}

TEST(ConnectionProto, PathSegment) {
  ::connection::PathSegment message;
  message.set_name("n");
  message.set_id("i");
  message.set_token("t");
  message.mutable_expires()->set_seconds(5);
  message.mutable_expires()->set_nanos(6);
  (*message.mutable_metrics())["k"] = "v";
  EXPECT_EQ(message.SerializeAsString(),
            Bytes(1, "n") + Bytes(2, "i") + Bytes(3, "t") + Timestamp(4, 5, 6) + MapEntry(5, "k", "v"));
}

TEST(ConnectionProto, Path) {
  ::connection::Path message;
  message.set_index(1);
  message.add_path_segments()->set_name("n");
  EXPECT_EQ(message.SerializeAsString(), Number(1, 1) + Bytes(2, Bytes(1, "n")));
}

TEST(ConnectionProto, Connection) {
  ::connection::Connection message;
  message.set_id("i");
  message.set_network_service("s");
  message.mutable_mechanism()->set_cls("c");
  message.mutable_context()->set_mtu(9);
  (*message.mutable_labels())["k"] = "v";
  message.mutable_path()->set_index(1);
  message.set_network_service_endpoint_name("e");
  message.set_payload("p");
  message.set_state(::connection::RESELECT_REQUESTED);
  EXPECT_EQ(message.SerializeAsString(), Bytes(1, "i") + Bytes(2, "s") + Bytes(3, Bytes(1, "c")) +
                                             Bytes(4, Number(5, 9)) + MapEntry(5, "k", "v") +
                                             Bytes(6, Number(1, 1)) + Bytes(7, "e") + Bytes(8, "p") +
                                             Number(9, 3));
}

TEST(ConnectionProto, EmptyPartsAreThereOnTheWire) {
  ::connection::Connection message;
  message.mutable_context()->mutable_dns_context();
  EXPECT_EQ(message.SerializeAsString(), Bytes(4, Bytes(2, "")));
}

TEST(ConnectionProto, Enums) {
  EXPECT_EQ(::connection::UP, 0);
  EXPECT_EQ(::connection::DOWN, 1);
  EXPECT_EQ(::connection::REFRESH_REQUESTED, 2);
  EXPECT_EQ(::connection::RESELECT_REQUESTED, 3);
  EXPECT_EQ(::connection::INITIAL_STATE_TRANSFER, 0);
  EXPECT_EQ(::connection::UPDATE, 1);
  EXPECT_EQ(::connection::DELETE, 2);
}

TEST(ConnectionProto, ConnectionEvent) {
  ::connection::ConnectionEvent message;
  message.set_type(::connection::DELETE);
  (*message.mutable_connections())["k"].set_id("i");
  EXPECT_EQ(message.SerializeAsString(), Number(1, 2) + MapEntry(2, "k", Bytes(1, "i")));
}

TEST(ConnectionProto, MonitorScopeSelector) {
  ::connection::MonitorScopeSelector message;
  message.add_path_segments()->set_name("n");
  message.add_network_services("s");
  EXPECT_EQ(message.SerializeAsString(), Bytes(1, Bytes(1, "n")) + Bytes(2, "s"));
}

TEST(ConnectionProto, NetworkServiceRequest) {
  ::networkservice::NetworkServiceRequest message;
  message.mutable_connection()->set_id("i");
  message.add_mechanism_preferences()->set_cls("c");
  EXPECT_EQ(message.SerializeAsString(), Bytes(1, Bytes(1, "i")) + Bytes(2, Bytes(1, "c")));
}

}  // namespace
}  // namespace nsm
