// SPDX-License-Identifier: Apache-2.0
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "connection.grpc.pb.h"
#include "connectioncontext.pb.h"
#include "networkservice.grpc.pb.h"
#include "registry.grpc.pb.h"

namespace nsm {
namespace {

struct Method {
  std::string service;
  std::string name;
  std::string request;
  std::string response;
  bool streams;
};
void PrintTo(const Method& method, std::ostream* out) { *out << method.service << "/" << method.name; }

class Services : public testing::TestWithParam<Method> {};

TEST_P(Services, HaveTheNamesOfTheWire) {
  const Method& expected = GetParam();
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  const auto* service = pool->FindServiceByName(expected.service);
  ASSERT_NE(service, nullptr);
  const auto* method = service->FindMethodByName(expected.name);
  ASSERT_NE(method, nullptr);
  EXPECT_EQ(method->input_type()->full_name(), expected.request);
  EXPECT_EQ(method->output_type()->full_name(), expected.response);
  EXPECT_EQ(method->server_streaming(), expected.streams);
  EXPECT_FALSE(method->client_streaming());
}

constexpr char kEmpty[] = "google.protobuf.Empty";
INSTANTIATE_TEST_SUITE_P(
    All, Services,
    testing::Values(
        Method{"networkservice.NetworkService", "Request", "networkservice.NetworkServiceRequest",
               "connection.Connection", false},
        Method{"networkservice.NetworkService", "Close", "connection.Connection", kEmpty, false},
        Method{"connection.MonitorConnection", "MonitorConnections", "connection.MonitorScopeSelector",
               "connection.ConnectionEvent", true},
        Method{"registry.NetworkServiceRegistry", "Register", "registry.NetworkService",
               "registry.NetworkService", false},
        Method{"registry.NetworkServiceRegistry", "Find", "registry.NetworkServiceQuery",
               "registry.NetworkServiceResponse", true},
        Method{"registry.NetworkServiceRegistry", "Unregister", "registry.NetworkService", kEmpty, false},
        Method{"registry.NetworkServiceEndpointRegistry", "Register", "registry.NetworkServiceEndpoint",
               "registry.NetworkServiceEndpoint", false},
        Method{"registry.NetworkServiceEndpointRegistry", "Find", "registry.NetworkServiceEndpointQuery",
               "registry.NetworkServiceEndpointResponse", true},
        Method{"registry.NetworkServiceEndpointRegistry", "Unregister", "registry.NetworkServiceEndpoint",
               kEmpty, false}));

TEST(Messages, HaveNoOtherFields) {
  const std::map<std::string, int> expected = {
      {"networkservice.NetworkServiceRequest", 2},
      {"connection.Mechanism", 3},
      {"connection.PathSegment", 5},
      {"connection.Path", 2},
      {"connection.Connection", 9},
      {"connection.ConnectionEvent", 2},
      {"connection.MonitorScopeSelector", 2},
      {"connectioncontext.IpNeighbor", 2},
      {"connectioncontext.Route", 2},
      {"connectioncontext.IpFamily", 1},
      {"connectioncontext.ExtraPrefixRequest", 4},
      {"connectioncontext.PolicyRoute", 5},
      {"connectioncontext.IPContext", 11},
      {"connectioncontext.DNSConfig", 2},
      {"connectioncontext.DNSContext", 1},
      {"connectioncontext.EthernetContext", 3},
      {"connectioncontext.ConnectionContext", 5},
      {"registry.NetworkServiceLabels", 1},
      {"registry.NetworkService", 4},
      {"registry.Match", 4},
      {"registry.Metadata", 1},
      {"registry.Destination", 2},
      {"registry.NetworkServiceEndpoint", 7},
      {"registry.NetworkServiceQuery", 2},
      {"registry.NetworkServiceEndpointQuery", 2},
      {"registry.NetworkServiceResponse", 2},
      {"registry.NetworkServiceEndpointResponse", 2},
  };
  for (const auto& [name, fields] : expected) {
    const auto* message = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(name);
    ASSERT_NE(message, nullptr) << name;
    EXPECT_EQ(message->field_count(), fields) << name;
  }
}

TEST(ServiceNames, AreThoseOfGrpc) {
  EXPECT_STREQ(::networkservice::NetworkService::service_full_name(), "networkservice.NetworkService");
  EXPECT_STREQ(::connection::MonitorConnection::service_full_name(), "connection.MonitorConnection");
  EXPECT_STREQ(::registry::NetworkServiceRegistry::service_full_name(), "registry.NetworkServiceRegistry");
  EXPECT_STREQ(::registry::NetworkServiceEndpointRegistry::service_full_name(),
               "registry.NetworkServiceEndpointRegistry");
}

}  // namespace
}  // namespace nsm
