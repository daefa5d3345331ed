// SPDX-License-Identifier: Apache-2.0
#include "src/endpoint/point_to_point.h"

#include <algorithm>
#include <functional>
#include <set>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/nsm/wire/path.h"

namespace nsm::endpoint {
namespace {

using ::connectioncontext::IPContext;

// Pairs that the connection had before: addresses at the same place of both lists.
std::vector<AddressPair> PairsOf(const IPContext& ip) {
  std::vector<AddressPair> pairs;
  for (int i = 0; i < std::min(ip.src_ip_addrs_size(), ip.dst_ip_addrs_size()); ++i) {
    absl::StatusOr<IpPrefix> client = IpPrefix::Parse(ip.src_ip_addrs(i));
    absl::StatusOr<IpPrefix> endpoint = IpPrefix::Parse(ip.dst_ip_addrs(i));
    if (client.ok() && endpoint.ok())
      pairs.push_back({.endpoint = endpoint->address(), .client = client->address()});
  }
  return pairs;
}

absl::StatusOr<std::vector<IpPrefix>> ExcludedBy(const IPContext& ip) {
  std::vector<IpPrefix> excluded;
  for (const std::string& text : ip.excluded_prefixes()) {
    ASSIGN_OR_RETURN(IpPrefix prefix, IpPrefix::Parse(text));
    excluded.push_back(prefix);
  }
  return excluded;
}

void AddUnique(const std::string& text, google::protobuf::RepeatedPtrField<std::string>& list) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.Add(std::string(text));
}

void AddRoute(const std::string& prefix,
              google::protobuf::RepeatedPtrField<::connectioncontext::Route>& routes) {
  auto same = [&](const auto& route) { return route.prefix() == prefix; };
  if (std::none_of(routes.begin(), routes.end(), same)) routes.Add()->set_prefix(prefix);
}

using Addresses = google::protobuf::RepeatedPtrField<std::string>;
using Routes = google::protobuf::RepeatedPtrField<::connectioncontext::Route>;

// Takes the addresses of one side that are to go, and the routes that the other side has to them.
void RemoveAddresses(const std::function<bool(const IpAddress&)>& goes, Addresses& addresses,
                     Routes& routes) {
  auto is_old = [&](const std::string& text) {
    absl::StatusOr<IpPrefix> parsed = IpPrefix::Parse(text);
    return parsed.ok() && goes(parsed->address());
  };
  auto first_old = std::stable_partition(addresses.begin(), addresses.end(), std::not_fn(is_old));
  const std::set<std::string> old(first_old, addresses.end());
  addresses.erase(first_old, addresses.end());
  routes.erase(std::remove_if(routes.begin(), routes.end(),
                              [&](const auto& route) { return old.contains(route.prefix()); }),
               routes.end());
}

}  // namespace

absl::StatusOr<IpamPolicy> ParseIpamPolicy(const std::string& text) {
  if (text == "polite") return IpamPolicy::kPolite;
  if (text == "strict") return IpamPolicy::kStrict;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is no policy for addresses: expected polite or strict"));
}

absl::StatusOr<Connection> PointToPoint::Request(Context& context, NetworkServiceRequest request, Next next) {
  Connection& connection = *request.mutable_connection();
  const std::string id = connection.id();
  IPContext& ip = *connection.mutable_context()->mutable_ip_context();
  ASSIGN_OR_RETURN(std::vector<IpPrefix> excluded, ExcludedBy(ip));
  std::vector<AddressPair> before = PairsOf(ip);
  const bool is_new = !ipam_.Knows(id);
  ASSIGN_OR_RETURN(std::vector<AddressPair> pairs, ipam_.Allocate(id, before, excluded));
  const bool keeps_others =
      policy_ == IpamPolicy::kPolite && connection.state() != ::connection::RESELECT_REQUESTED;
  auto goes = [&](const IpAddress& address) {
    bool is_given = std::any_of(pairs.begin(), pairs.end(), [&](const AddressPair& pair) {
      return address == pair.client || address == pair.endpoint;
    });
    return !is_given && (ipam_.IsOurs(address) || !keeps_others);
  };
  if (!keeps_others) ip.clear_src_routes();
  RemoveAddresses(goes, *ip.mutable_src_ip_addrs(), *ip.mutable_dst_routes());
  RemoveAddresses(goes, *ip.mutable_dst_ip_addrs(), *ip.mutable_src_routes());
  for (const AddressPair& pair : pairs) {
    const std::string client = IpPrefix::Host(pair.client).ToString();
    const std::string endpoint = IpPrefix::Host(pair.endpoint).ToString();
    AddUnique(client, *ip.mutable_src_ip_addrs());
    AddUnique(endpoint, *ip.mutable_dst_ip_addrs());
    AddRoute(endpoint, *ip.mutable_src_routes());
    AddRoute(client, *ip.mutable_dst_routes());
  }
  for (const IpPrefix& route : routes_) AddRoute(route.ToString(), *ip.mutable_src_routes());

  absl::StatusOr<Connection> answer = next.Request(context, std::move(request));
  if (!answer.ok() && is_new) ipam_.Free(id);
  return answer;
}

absl::Status PointToPoint::Close(Context& context, Connection connection, Next next) {
  const std::string id = connection.id();
  absl::Status status = next.Close(context, std::move(connection));
  ipam_.Free(id);
  return status;
}

}  // namespace nsm::endpoint
