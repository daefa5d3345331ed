// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/wire/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace nsm {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Puts `size` bytes or entries into one field of a message.
template <typename Message>
struct Case {
  std::string field;  // as errors name it
  size_t most;
  std::function<void(Message&, size_t size)> fill;
};

std::string Letters(size_t size) { return std::string(size, 'x'); }

template <typename Map>
void FillMap(Map& map, size_t entries) {
  for (size_t i = 0; i < entries; ++i) map[std::to_string(i)];
}

template <typename Repeated>
void FillList(Repeated& list, size_t entries) {
  for (size_t i = 0; i < entries; ++i) list.Add();
}

// Each case is well at its limit, and one more is refused by a message that names field and limit.
template <typename Message>
void ExpectLimits(const std::vector<Case<Message>>& cases) {
  for (const Case<Message>& c : cases) {
    Message most, more;
    c.fill(most, c.most);
    c.fill(more, c.most + 1);
    EXPECT_EQ(CheckLimits(most), absl::OkStatus()) << c.field;
    absl::Status refused = CheckLimits(more);
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << c.field;
    EXPECT_THAT(std::string(refused.message()), StartsWith(c.field + " has " + std::to_string(c.most + 1)));
    EXPECT_THAT(std::string(refused.message()), HasSubstr(": at most " + std::to_string(c.most)));
  }
}

// Each of the texts may have no control character.
template <typename Message>
void ExpectNoControlCharacters(const std::vector<Case<Message>>& texts) {
  for (const Case<Message>& c : texts) {
    Message message;
    c.fill(message, 1);
    // The one 'x' that was filled in, wherever it is, becomes a control character.
    std::string bytes = message.SerializeAsString();
    size_t at = bytes.rfind('x');
    ASSERT_NE(at, std::string::npos) << c.field;
    for (char bad : {'\0', '\n', '\x1b', '\x7f'}) {
      bytes[at] = bad;
      ASSERT_TRUE(message.ParseFromString(bytes)) << c.field;
      EXPECT_EQ(CheckLimits(message), absl::InvalidArgumentError(c.field + " has a control character"));
    }
  }
}

using RequestCase = Case<NetworkServiceRequest>;
using Ip = ::connectioncontext::IPContext;

Ip& IpOf(NetworkServiceRequest& r) {
  return *r.mutable_connection()->mutable_context()->mutable_ip_context();
}

const std::vector<RequestCase> kRequestTexts = {
    {"connection.id", limits::kName, [](auto& r, size_t n) { r.mutable_connection()->set_id(Letters(n)); }},
    {"connection.network_service", limits::kName,
     [](auto& r, size_t n) { r.mutable_connection()->set_network_service(Letters(n)); }},
    {"connection.network_service_endpoint_name", limits::kName,
     [](auto& r, size_t n) { r.mutable_connection()->set_network_service_endpoint_name(Letters(n)); }},
    {"connection.payload", limits::kWord,
     [](auto& r, size_t n) { r.mutable_connection()->set_payload(Letters(n)); }},
    {"connection.mechanism.cls", limits::kWord,
     [](auto& r, size_t n) { r.mutable_connection()->mutable_mechanism()->set_cls(Letters(n)); }},
    {"connection.mechanism.type", limits::kWord,
     [](auto& r, size_t n) { r.mutable_connection()->mutable_mechanism()->set_type(Letters(n)); }},
    {"mechanism_preferences[0].type", limits::kWord,
     [](auto& r, size_t n) { r.add_mechanism_preferences()->set_type(Letters(n)); }},
    {"connection.path.path_segments[0].name", limits::kName,
     [](auto& r, size_t n) {
       r.mutable_connection()->mutable_path()->add_path_segments()->set_name(Letters(n));
     }},
    {"connection.path.path_segments[1].id", limits::kName,
     [](auto& r, size_t n) {
       r.mutable_connection()->mutable_path()->add_path_segments();
       r.mutable_connection()->mutable_path()->add_path_segments()->set_id(Letters(n));
     }},
    {"connection.path.path_segments[0].token", limits::kToken,
     [](auto& r, size_t n) {
       r.mutable_connection()->mutable_path()->add_path_segments()->set_token(Letters(n));
     }},
    {"connection.context.ip_context.src_ip_addrs[0]", limits::kWord,
     [](auto& r, size_t n) { IpOf(r).add_src_ip_addrs(Letters(n)); }},
    {"connection.context.ip_context.dst_ip_addrs[0]", limits::kWord,
     [](auto& r, size_t n) { IpOf(r).add_dst_ip_addrs(Letters(n)); }},
    {"connection.context.ip_context.src_routes[0].prefix", limits::kWord,
     [](auto& r, size_t n) { IpOf(r).add_src_routes()->set_prefix(Letters(n)); }},
    {"connection.context.ip_context.dst_routes[0].nextHop", limits::kWord,
     [](auto& r, size_t n) { IpOf(r).add_dst_routes()->set_nexthop(Letters(n)); }},
    {"connection.context.ip_context.excluded_prefixes[0]", limits::kWord,
     [](auto& r, size_t n) { IpOf(r).add_excluded_prefixes(Letters(n)); }},
    {"connection.context.ip_context.ip_neighbors[0].ip", limits::kWord,
     [](auto& r, size_t n) { IpOf(r).add_ip_neighbors()->set_ip(Letters(n)); }},
    {"connection.context.ip_context.ip_neighbors[0].hardware_address", limits::kWord,
     [](auto& r, size_t n) { IpOf(r).add_ip_neighbors()->set_hardware_address(Letters(n)); }},
    {"connection.context.ip_context.extra_prefixes[0]", limits::kWord,
     [](auto& r, size_t n) { IpOf(r).add_extra_prefixes(Letters(n)); }},
    {"connection.context.ip_context.policies[0].from", limits::kWord,
     [](auto& r, size_t n) { IpOf(r).add_policies()->set_from(Letters(n)); }},
    {"connection.context.ip_context.policies[0].proto", limits::kWord,
     [](auto& r, size_t n) { IpOf(r).add_policies()->set_proto(Letters(n)); }},
    {"connection.context.ip_context.policies[0].dst_port", limits::kWord,
     [](auto& r, size_t n) { IpOf(r).add_policies()->set_dst_port(Letters(n)); }},
    {"connection.context.ip_context.policies[0].src_port", limits::kWord,
     [](auto& r, size_t n) { IpOf(r).add_policies()->set_src_port(Letters(n)); }},
    {"connection.context.dns_context.configs[0].dns_server_ips[0]", limits::kWord,
     [](auto& r, size_t n) {
       auto& dns = *r.mutable_connection()->mutable_context()->mutable_dns_context();
       dns.add_configs()->add_dns_server_ips(Letters(n));
     }},
    {"connection.context.dns_context.configs[0].search_domains[0]", limits::kName,
     [](auto& r, size_t n) {
       auto& dns = *r.mutable_connection()->mutable_context()->mutable_dns_context();
       dns.add_configs()->add_search_domains(Letters(n));
     }},
    {"connection.context.ethernet_context.src_mac", limits::kWord,
     [](auto& r, size_t n) {
       r.mutable_connection()->mutable_context()->mutable_ethernet_context()->set_src_mac(Letters(n));
     }},
    {"connection.context.ethernet_context.dst_mac", limits::kWord,
     [](auto& r, size_t n) {
       r.mutable_connection()->mutable_context()->mutable_ethernet_context()->set_dst_mac(Letters(n));
     }},
};

TEST(RequestLimits, Texts) {
  ExpectLimits(kRequestTexts);
  ExpectNoControlCharacters(kRequestTexts);
}

TEST(RequestLimits, Lists) {
  ExpectLimits<NetworkServiceRequest>({
      {"mechanism_preferences", limits::kPreferences,
       [](auto& r, size_t n) { FillList(*r.mutable_mechanism_preferences(), n); }},
      {"connection.path.path_segments", limits::kSegments,
       [](auto& r, size_t n) {
         FillList(*r.mutable_connection()->mutable_path()->mutable_path_segments(), n);
       }},
      {"connection.context.ip_context.src_ip_addrs", limits::kAddresses,
       [](auto& r, size_t n) { FillList(*IpOf(r).mutable_src_ip_addrs(), n); }},
      {"connection.context.ip_context.dst_ip_addrs", limits::kAddresses,
       [](auto& r, size_t n) { FillList(*IpOf(r).mutable_dst_ip_addrs(), n); }},
      {"connection.context.ip_context.src_routes", limits::kRoutes,
       [](auto& r, size_t n) { FillList(*IpOf(r).mutable_src_routes(), n); }},
      {"connection.context.ip_context.dst_routes", limits::kRoutes,
       [](auto& r, size_t n) { FillList(*IpOf(r).mutable_dst_routes(), n); }},
      {"connection.context.ip_context.excluded_prefixes", limits::kExcludedPrefixes,
       [](auto& r, size_t n) { FillList(*IpOf(r).mutable_excluded_prefixes(), n); }},
      {"connection.context.ip_context.ip_neighbors", limits::kAddresses,
       [](auto& r, size_t n) { FillList(*IpOf(r).mutable_ip_neighbors(), n); }},
      {"connection.context.ip_context.extra_prefix_request", limits::kAddresses,
       [](auto& r, size_t n) { FillList(*IpOf(r).mutable_extra_prefix_request(), n); }},
      {"connection.context.ip_context.extra_prefixes", limits::kAddresses,
       [](auto& r, size_t n) { FillList(*IpOf(r).mutable_extra_prefixes(), n); }},
      {"connection.context.ip_context.policies", limits::kPolicies,
       [](auto& r, size_t n) { FillList(*IpOf(r).mutable_policies(), n); }},
      {"connection.context.ip_context.policies[0].routes", limits::kPolicies,
       [](auto& r, size_t n) { FillList(*IpOf(r).add_policies()->mutable_routes(), n); }},
      {"connection.context.dns_context.configs", limits::kDns,
       [](auto& r, size_t n) {
         FillList(*r.mutable_connection()->mutable_context()->mutable_dns_context()->mutable_configs(), n);
       }},
  });
}

TEST(RequestLimits, Maps) {
  ExpectLimits<NetworkServiceRequest>({
      {"connection.labels", limits::kLabels,
       [](auto& r, size_t n) { FillMap(*r.mutable_connection()->mutable_labels(), n); }},
      {"connection.labels.[\"key\"]", limits::kPair,
       [](auto& r, size_t n) { (*r.mutable_connection()->mutable_labels())["key"] = Letters(n - 3); }},
      {"connection.mechanism.parameters", limits::kParameters,
       [](auto& r, size_t n) {
         FillMap(*r.mutable_connection()->mutable_mechanism()->mutable_parameters(), n);
       }},
      {"mechanism_preferences[0].parameters", limits::kParameters,
       [](auto& r, size_t n) { FillMap(*r.add_mechanism_preferences()->mutable_parameters(), n); }},
      {"connection.path.path_segments[0].metrics", limits::kLabels,
       [](auto& r, size_t n) {
         FillMap(*r.mutable_connection()->mutable_path()->add_path_segments()->mutable_metrics(), n);
       }},
      {"connection.context.extra_context", limits::kLabels,
       [](auto& r, size_t n) {
         FillMap(*r.mutable_connection()->mutable_context()->mutable_extra_context(), n);
       }},
  });
  NetworkServiceRequest bad_key, bad_parameter;
  (*bad_key.mutable_connection()->mutable_labels())["a\nb"] = "c";
  EXPECT_EQ(CheckLimits(bad_key).message(), "connection.labels has a control character");
  (*bad_parameter.add_mechanism_preferences()->mutable_parameters())["name"] = std::string("nsm\0", 4);
  EXPECT_EQ(CheckLimits(bad_parameter).message(),
            "mechanism_preferences[0].parameters has a control character");
}

TEST(RequestLimits, TheWholeMessage) {
  NetworkServiceRequest request;
  auto& labels = *request.mutable_connection()->mutable_labels();
  for (int i = 0; request.ByteSizeLong() + 4000 < limits::kMessage; ++i) {
    labels[std::to_string(i)] = Letters(3900);
  }
  std::string& rest = labels["rest"];
  while (request.ByteSizeLong() < limits::kMessage) rest.push_back('x');
  ASSERT_EQ(request.ByteSizeLong(), limits::kMessage);
  EXPECT_EQ(CheckLimits(request), absl::OkStatus());
  rest.push_back('x');
  EXPECT_EQ(CheckLimits(request).message(), "request has 262145 bytes: at most 262144");
  EXPECT_TRUE(absl::IsInvalidArgument(CheckLimits(request)));
}

TEST(RequestLimits, OneDomainInAName) {
  auto with = [](const std::string& name) {
    NetworkServiceRequest service, endpoint;
    service.mutable_connection()->set_network_service(name);
    endpoint.mutable_connection()->set_network_service_endpoint_name(name);
    EXPECT_EQ(CheckLimits(service).ok(), CheckLimits(endpoint).ok());
    return CheckLimits(service);
  };
  EXPECT_EQ(with("ns@tcp://192.0.2.4:5002"), absl::OkStatus());
  const std::string name = Letters(limits::kName);
  EXPECT_EQ(with(name + "@" + name), absl::OkStatus());
  EXPECT_EQ(with(name + "x@east").message(), "connection.network_service has 254 bytes: at most 253");
  EXPECT_EQ(with("ns@" + name + "x").message(), "connection.network_service has 254 bytes: at most 253");
  EXPECT_EQ(with("ns@east@west").message(),
            "connection.network_service \"ns@east@west\" has several @: expected NAME or NAME@DOMAIN");
}

TEST(RequestLimits, TheLongestPathOfUsualTokensFits) {
  Connection connection;
  for (size_t i = 0; i < limits::kSegments; ++i) {
    PathSegment& segment = *connection.mutable_path()->add_path_segments();
    segment.set_name(Letters(60));
    segment.set_id(Letters(36));
    segment.set_token(Letters(1024));
  }
  EXPECT_EQ(CheckLimits(connection), absl::OkStatus());
}

const std::vector<Case<NetworkServiceEndpoint>> kEndpointTexts = {
    {"network_service_endpoint.name", limits::kName, [](auto& e, size_t n) { e.set_name(Letters(n)); }},
    {"network_service_endpoint.url", limits::kUrl, [](auto& e, size_t n) { e.set_url(Letters(n)); }},
    {"network_service_endpoint.network_service_names[0]", limits::kName,
     [](auto& e, size_t n) { e.add_network_service_names(Letters(n)); }},
    {"network_service_endpoint.path_ids[0]", limits::kPathId,
     [](auto& e, size_t n) { e.add_path_ids(Letters(n)); }},
    {"network_service_endpoint.network_service_labels", limits::kName,
     [](auto& e, size_t n) { (*e.mutable_network_service_labels())[Letters(n)]; }},
};

TEST(RegistryLimits, Endpoints) {
  ExpectLimits(kEndpointTexts);
  ExpectNoControlCharacters(kEndpointTexts);
  ExpectLimits<NetworkServiceEndpoint>({
      {"network_service_endpoint.network_service_names", limits::kServices,
       [](auto& e, size_t n) { FillList(*e.mutable_network_service_names(), n); }},
      {"network_service_endpoint.network_service_labels", limits::kServices,
       [](auto& e, size_t n) { FillMap(*e.mutable_network_service_labels(), n); }},
      {"network_service_endpoint.network_service_labels", limits::kLabels,
       [](auto& e, size_t n) { FillMap(*(*e.mutable_network_service_labels())["ns"].mutable_labels(), n); }},
      {"network_service_endpoint.path_ids", limits::kSegments,
       [](auto& e, size_t n) { FillList(*e.mutable_path_ids(), n); }},
  });
}

const std::vector<Case<NetworkService>> kServiceTexts = {
    {"network_service.name", limits::kName, [](auto& s, size_t n) { s.set_name(Letters(n)); }},
    {"network_service.payload", limits::kWord, [](auto& s, size_t n) { s.set_payload(Letters(n)); }},
    {"network_service.path_ids[0]", limits::kPathId, [](auto& s, size_t n) { s.add_path_ids(Letters(n)); }},
};

TEST(RegistryLimits, Services) {
  ExpectLimits(kServiceTexts);
  ExpectNoControlCharacters(kServiceTexts);
  ExpectLimits<NetworkService>({
      {"network_service.matches", limits::kMatches,
       [](auto& s, size_t n) { FillList(*s.mutable_matches(), n); }},
      {"network_service.matches[0].routes", limits::kMatches,
       [](auto& s, size_t n) { FillList(*s.add_matches()->mutable_routes(), n); }},
      {"network_service.matches[0].source_selector", limits::kLabels,
       [](auto& s, size_t n) { FillMap(*s.add_matches()->mutable_source_selector(), n); }},
      {"network_service.matches[0].metadata.labels", limits::kLabels,
       [](auto& s, size_t n) { FillMap(*s.add_matches()->mutable_metadata()->mutable_labels(), n); }},
      {"network_service.matches[0].routes[0].destination_selector", limits::kLabels,
       [](auto& s, size_t n) { FillMap(*s.add_matches()->add_routes()->mutable_destination_selector(), n); }},
      {"network_service.path_ids", limits::kSegments,
       [](auto& s, size_t n) { FillList(*s.mutable_path_ids(), n); }},
  });
}

TEST(SelectorLimits, AllFields) {
  const std::vector<Case<MonitorScopeSelector>> texts = {
      {"selector.path_segments[0].name", limits::kName,
       [](auto& s, size_t n) { s.add_path_segments()->set_name(Letters(n)); }},
      {"selector.network_services[0]", limits::kName,
       [](auto& s, size_t n) { s.add_network_services(Letters(n)); }},
  };
  ExpectLimits(texts);
  ExpectNoControlCharacters(texts);
  ExpectLimits<MonitorScopeSelector>({
      {"selector.path_segments", limits::kSegments,
       [](auto& s, size_t n) { FillList(*s.mutable_path_segments(), n); }},
      {"selector.network_services", limits::kServices,
       [](auto& s, size_t n) { FillList(*s.mutable_network_services(), n); }},
  });
}

TEST(FindBudget, EndsAtItsBytesAndAtItsAnswers) {
  FindBudget bytes;
  EXPECT_TRUE(bytes.Take(limits::kFindBytes));
  EXPECT_FALSE(bytes.is_spent());
  EXPECT_FALSE(bytes.Take(1));
  EXPECT_TRUE(bytes.is_spent());
  EXPECT_FALSE(bytes.Take(0)) << "it stays so";
  FindBudget answers;
  for (size_t i = 0; i < limits::kFindAnswers; ++i) ASSERT_TRUE(answers.Take(0));
  EXPECT_FALSE(answers.Take(0));
}

}  // namespace
}  // namespace nsm
