// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/wire/limits.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/map.h"
#include "google/protobuf/repeated_field.h"
#include "src/core/status_macros.h"

namespace nsm {
namespace {

using Texts = google::protobuf::RepeatedPtrField<std::string>;
using Pairs = google::protobuf::Map<std::string, std::string>;

// Where we are in a message. Becomes text only when something is wrong there.
struct Field {
  std::string ToString() const {
    std::string text = parent == nullptr ? "" : absl::StrCat(parent->ToString(), ".");
    absl::StrAppend(&text, name);
    if (index >= 0) absl::StrAppend(&text, "[", index, "]");
    return text;
  }
  const Field* parent = nullptr;
  absl::string_view name;
  int index = -1;
};

absl::Status TooMuch(const Field& field, size_t has, absl::string_view of_what, size_t most) {
  return absl::InvalidArgumentError(
      absl::StrCat(field.ToString(), " has ", has, " ", of_what, ": at most ", most));
}

absl::Status Bytes(const Field& field, size_t has, size_t most) {
  return has <= most ? absl::OkStatus() : TooMuch(field, has, "bytes", most);
}

absl::Status Entries(const Field& field, size_t has, size_t most) {
  return has <= most ? absl::OkStatus() : TooMuch(field, has, "entries", most);
}

// The text itself is not repeated, since it goes to logs and terminals.
absl::Status Printable(const Field& field, absl::string_view text) {
  // Not the function itself, which would be called for every byte of every message.
  auto is_control = [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); };
  if (std::none_of(text.begin(), text.end(), is_control)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field.ToString(), " has a control character"));
}

absl::Status Text(const Field& field, absl::string_view text, size_t most) {
  RETURN_IF_ERROR(Bytes(field, text.size(), most));
  return Printable(field, text);
}

absl::Status Name(const Field& field, absl::string_view text) { return Text(field, text, limits::kName); }

// "name" or "name@domain", each of them as long as a name may be, or one could be used in its own domain
// alone; more would mean another name at each hop that takes a domain off.
absl::Status DomainName(const Field& field, absl::string_view text) {
  const size_t at = std::min(text.find('@'), text.size());
  RETURN_IF_ERROR(Name(field, text.substr(0, at)));
  if (at == text.size()) return absl::OkStatus();
  RETURN_IF_ERROR(Name(field, text.substr(at + 1)));
  if (std::count(text.begin(), text.end(), '@') <= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field.ToString(), " \"", text, "\" has several @: expected NAME or NAME@DOMAIN"));
}

absl::Status CheckPairs(const Field& field, const Pairs& pairs, size_t most) {
  RETURN_IF_ERROR(Entries(field, pairs.size(), most));
  for (const auto& [key, value] : pairs) {
    RETURN_IF_ERROR(Printable(field, key));
    if (key.size() + value.size() <= limits::kPair) continue;
    const std::string pair = absl::StrCat("[\"", key.substr(0, limits::kWord), "\"]");
    return TooMuch({&field, pair}, key.size() + value.size(), "bytes", limits::kPair);
  }
  return absl::OkStatus();
}

absl::Status CheckTexts(const Field& field, const Texts& texts, size_t most, size_t longest) {
  RETURN_IF_ERROR(Entries(field, texts.size(), most));
  for (int i = 0; i < texts.size(); ++i) {
    RETURN_IF_ERROR(Text({field.parent, field.name, i}, texts[i], longest));
  }
  return absl::OkStatus();
}

// Calls check(field, entry) for each entry of a repeated field.
template <typename Repeated, typename Check>
absl::Status CheckEach(const Field& field, const Repeated& entries, size_t most, Check check) {
  RETURN_IF_ERROR(Entries(field, entries.size(), most));
  for (int i = 0; i < entries.size(); ++i) {
    RETURN_IF_ERROR(check(Field{field.parent, field.name, i}, entries[i]));
  }
  return absl::OkStatus();
}

absl::Status CheckMechanism(const Field& field, const Mechanism& mechanism) {
  RETURN_IF_ERROR(Text({&field, "cls"}, mechanism.cls(), limits::kWord));
  RETURN_IF_ERROR(Text({&field, "type"}, mechanism.type(), limits::kWord));
  const Field parameters{&field, "parameters"};
  RETURN_IF_ERROR(CheckPairs(parameters, mechanism.parameters(), limits::kParameters));
  for (const auto& [key, value] : mechanism.parameters()) RETURN_IF_ERROR(Printable(parameters, value));
  return absl::OkStatus();
}

absl::Status CheckSegment(const Field& field, const PathSegment& segment) {
  RETURN_IF_ERROR(Name({&field, "name"}, segment.name()));
  RETURN_IF_ERROR(Name({&field, "id"}, segment.id()));
  RETURN_IF_ERROR(Text({&field, "token"}, segment.token(), limits::kToken));
  return CheckPairs({&field, "metrics"}, segment.metrics(), limits::kLabels);
}

absl::Status CheckRoute(const Field& field, const ::connectioncontext::Route& route) {
  RETURN_IF_ERROR(Text({&field, "prefix"}, route.prefix(), limits::kWord));
  return Text({&field, "nextHop"}, route.nexthop(), limits::kWord);
}

absl::Status CheckNeighbor(const Field& field, const ::connectioncontext::IpNeighbor& neighbor) {
  RETURN_IF_ERROR(Text({&field, "ip"}, neighbor.ip(), limits::kWord));
  return Text({&field, "hardware_address"}, neighbor.hardware_address(), limits::kWord);
}

absl::Status CheckPolicy(const Field& field, const ::connectioncontext::PolicyRoute& policy) {
  RETURN_IF_ERROR(Text({&field, "from"}, policy.from(), limits::kWord));
  RETURN_IF_ERROR(Text({&field, "proto"}, policy.proto(), limits::kWord));
  RETURN_IF_ERROR(Text({&field, "dst_port"}, policy.dst_port(), limits::kWord));
  RETURN_IF_ERROR(Text({&field, "src_port"}, policy.src_port(), limits::kWord));
  return CheckEach({&field, "routes"}, policy.routes(), limits::kPolicies, CheckRoute);
}

absl::Status CheckIp(const Field& field, const ::connectioncontext::IPContext& ip) {
  using namespace limits;
  RETURN_IF_ERROR(CheckTexts({&field, "src_ip_addrs"}, ip.src_ip_addrs(), kAddresses, kWord));
  RETURN_IF_ERROR(CheckTexts({&field, "dst_ip_addrs"}, ip.dst_ip_addrs(), kAddresses, kWord));
  RETURN_IF_ERROR(CheckEach({&field, "src_routes"}, ip.src_routes(), kRoutes, CheckRoute));
  RETURN_IF_ERROR(CheckEach({&field, "dst_routes"}, ip.dst_routes(), kRoutes, CheckRoute));
  RETURN_IF_ERROR(
      CheckTexts({&field, "excluded_prefixes"}, ip.excluded_prefixes(), kExcludedPrefixes, kWord));
  RETURN_IF_ERROR(CheckEach({&field, "ip_neighbors"}, ip.ip_neighbors(), kAddresses, CheckNeighbor));
  RETURN_IF_ERROR(Entries({&field, "extra_prefix_request"}, ip.extra_prefix_request_size(), kAddresses));
  RETURN_IF_ERROR(CheckTexts({&field, "extra_prefixes"}, ip.extra_prefixes(), kAddresses, kWord));
  return CheckEach({&field, "policies"}, ip.policies(), kPolicies, CheckPolicy);
}

absl::Status CheckDns(const Field& field, const ::connectioncontext::DNSConfig& config) {
  RETURN_IF_ERROR(
      CheckTexts({&field, "dns_server_ips"}, config.dns_server_ips(), limits::kDns, limits::kWord));
  return CheckTexts({&field, "search_domains"}, config.search_domains(), limits::kDns, limits::kName);
}

absl::Status CheckContext(const Field& field, const ::connectioncontext::ConnectionContext& context) {
  RETURN_IF_ERROR(CheckIp({&field, "ip_context"}, context.ip_context()));
  const Field dns{&field, "dns_context"};
  RETURN_IF_ERROR(CheckEach({&dns, "configs"}, context.dns_context().configs(), limits::kDns, CheckDns));
  const Field ethernet{&field, "ethernet_context"};
  RETURN_IF_ERROR(Text({&ethernet, "src_mac"}, context.ethernet_context().src_mac(), limits::kWord));
  RETURN_IF_ERROR(Text({&ethernet, "dst_mac"}, context.ethernet_context().dst_mac(), limits::kWord));
  return CheckPairs({&field, "extra_context"}, context.extra_context(), limits::kLabels);
}

absl::Status CheckConnection(const Field& field, const Connection& connection) {
  RETURN_IF_ERROR(Name({&field, "id"}, connection.id()));
  RETURN_IF_ERROR(DomainName({&field, "network_service"}, connection.network_service()));
  RETURN_IF_ERROR(
      DomainName({&field, "network_service_endpoint_name"}, connection.network_service_endpoint_name()));
  RETURN_IF_ERROR(Text({&field, "payload"}, connection.payload(), limits::kWord));
  RETURN_IF_ERROR(CheckMechanism({&field, "mechanism"}, connection.mechanism()));
  RETURN_IF_ERROR(CheckContext({&field, "context"}, connection.context()));
  RETURN_IF_ERROR(CheckPairs({&field, "labels"}, connection.labels(), limits::kLabels));
  const Field path{&field, "path"};
  return CheckEach({&path, "path_segments"}, connection.path().path_segments(), limits::kSegments,
                   CheckSegment);
}

absl::Status CheckRouteOfMatch(const Field& field, const ::registry::Destination& route) {
  return CheckPairs({&field, "destination_selector"}, route.destination_selector(), limits::kLabels);
}

absl::Status CheckMatch(const Field& field, const ::registry::Match& match) {
  RETURN_IF_ERROR(CheckPairs({&field, "source_selector"}, match.source_selector(), limits::kLabels));
  RETURN_IF_ERROR(CheckEach({&field, "routes"}, match.routes(), limits::kMatches, CheckRouteOfMatch));
  return CheckPairs({&field, "metadata.labels"}, match.metadata().labels(), limits::kLabels);
}

}  // namespace

absl::Status CheckLimits(const NetworkServiceRequest& request) {
  RETURN_IF_ERROR(Bytes({nullptr, "request"}, request.ByteSizeLong(), limits::kMessage));
  RETURN_IF_ERROR(CheckEach({nullptr, "mechanism_preferences"}, request.mechanism_preferences(),
                            limits::kPreferences, CheckMechanism));
  return CheckConnection({nullptr, "connection"}, request.connection());
}

absl::Status CheckLimits(const Connection& connection) {
  const Field field{nullptr, "connection"};
  RETURN_IF_ERROR(Bytes(field, connection.ByteSizeLong(), limits::kMessage));
  return CheckConnection(field, connection);
}

absl::Status CheckLimits(const MonitorScopeSelector& selector) {
  const Field field{nullptr, "selector"};
  RETURN_IF_ERROR(Bytes(field, selector.ByteSizeLong(), limits::kMessage));
  RETURN_IF_ERROR(
      CheckEach({&field, "path_segments"}, selector.path_segments(), limits::kSegments, CheckSegment));
  return CheckEach({&field, "network_services"}, selector.network_services(), limits::kServices, DomainName);
}

absl::Status CheckLimits(const NetworkService& service) {
  const Field field{nullptr, "network_service"};
  RETURN_IF_ERROR(Bytes(field, service.ByteSizeLong(), limits::kMessage));
  RETURN_IF_ERROR(DomainName({&field, "name"}, service.name()));
  RETURN_IF_ERROR(Text({&field, "payload"}, service.payload(), limits::kWord));
  RETURN_IF_ERROR(CheckEach({&field, "matches"}, service.matches(), limits::kMatches, CheckMatch));
  return CheckTexts({&field, "path_ids"}, service.path_ids(), limits::kSegments, limits::kPathId);
}

absl::Status CheckLimits(const NetworkServiceEndpoint& endpoint) {
  const Field field{nullptr, "network_service_endpoint"};
  RETURN_IF_ERROR(Bytes(field, endpoint.ByteSizeLong(), limits::kMessage));
  RETURN_IF_ERROR(DomainName({&field, "name"}, endpoint.name()));
  RETURN_IF_ERROR(CheckEach({&field, "network_service_names"}, endpoint.network_service_names(),
                            limits::kServices, DomainName));
  const Field labels{&field, "network_service_labels"};
  RETURN_IF_ERROR(Entries(labels, endpoint.network_service_labels_size(), limits::kServices));
  for (const auto& [service, of_service] : endpoint.network_service_labels()) {
    RETURN_IF_ERROR(DomainName(labels, service));
    RETURN_IF_ERROR(CheckPairs(labels, of_service.labels(), limits::kLabels));
  }
  RETURN_IF_ERROR(Text({&field, "url"}, endpoint.url(), limits::kUrl));
  return CheckTexts({&field, "path_ids"}, endpoint.path_ids(), limits::kSegments, limits::kPathId);
}

absl::Status CheckText(absl::string_view field, absl::string_view text, size_t most) {
  return Text({nullptr, field}, text, most);
}

}  // namespace nsm
