// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/ip_context.h"
#include "src/core/fingerprint.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm::forwarder {
namespace {

constexpr size_t kLongestIdInAlias = 240;  // IFALIASZ is 256

using ::connectioncontext::IPContext;

absl::StatusOr<std::vector<IpPrefix>> ParseAddresses(
    const google::protobuf::RepeatedPtrField<std::string>& texts, const char* field) {
  std::vector<IpPrefix> addresses;
  for (const std::string& text : texts) {
    absl::StatusOr<IpPrefix> address = IpPrefix::Parse(text);
    if (!address.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("ip_context.", field, ": ", address.status().message()));
    }
    addresses.push_back(*address);
  }
  return addresses;
}

absl::StatusOr<dataplane::Route> ParseRoute(const ::connectioncontext::Route& text, const char* field,
                                            const std::vector<IpPrefix>& opposite) {
  absl::StatusOr<IpPrefix> prefix = IpPrefix::Parse(text.prefix());
  if (!prefix.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("ip_context.", field, ": ", prefix.status().message()));
  }
  dataplane::Route route{.prefix = prefix->Masked(), .next_hop = std::nullopt};
  if (!text.nexthop().empty()) {
    absl::StatusOr<IpAddress> next_hop = IpAddress::Parse(text.nexthop());
    if (!next_hop.ok() || next_hop->family() != prefix->address().family()) {
      return absl::InvalidArgumentError(absl::StrCat("ip_context.", field, ": \"", text.nexthop(),
                                                     "\" is not a next hop for ", text.prefix()));
    }
    route.next_hop = *next_hop;
    return route;
  }
  bool is_opposite_itself = std::any_of(opposite.begin(), opposite.end(),
                                        [&](const IpPrefix& other) { return other.Contains(route.prefix); });
  if (is_opposite_itself) return route;
  auto gateway = std::find_if(opposite.begin(), opposite.end(), [&](const IpPrefix& other) {
    return other.address().family() == prefix->address().family();
  });
  if (gateway != opposite.end()) route.next_hop = gateway->address();
  return route;
}

void AddUnique(std::vector<dataplane::Route>& routes, const dataplane::Route& route) {
  auto same = [&](const dataplane::Route& other) { return other.prefix == route.prefix; };
  if (std::none_of(routes.begin(), routes.end(), same)) routes.push_back(route);
}

}  // namespace

absl::StatusOr<SideOfIpContext> ReadIpContext(const IPContext& context, Side side) {
  const bool client = side == Side::kClient;
  ASSIGN_OR_RETURN(auto src, ParseAddresses(context.src_ip_addrs(), "src_ip_addrs"));
  ASSIGN_OR_RETURN(auto dst, ParseAddresses(context.dst_ip_addrs(), "dst_ip_addrs"));
  const auto& own = client ? src : dst;
  const auto& opposite = client ? dst : src;

  SideOfIpContext result{.addresses = own, .routes = {}, .opposite = {}, .allowed_sources = {}};
  for (const IpPrefix& other : opposite) {
    result.opposite.push_back(other.address());
    auto covers = [&](const IpPrefix& prefix) { return prefix.Contains(other.address()); };
    if (std::none_of(own.begin(), own.end(), covers)) {
      AddUnique(result.routes, {.prefix = IpPrefix::Host(other.address()), .next_hop = std::nullopt});
    }
  }
  for (const IpPrefix& address : own) {
    if (address.length() < address.address().bits())
      AddUnique(result.routes, {address.Masked(), std::nullopt});
  }
  for (const auto& text : client ? context.src_routes() : context.dst_routes()) {
    ASSIGN_OR_RETURN(auto route, ParseRoute(text, client ? "src_routes" : "dst_routes", opposite));
    AddUnique(result.routes, route);
  }
  for (const IpPrefix& address : own) result.allowed_sources.push_back(IpPrefix::Host(address.address()));
  for (const auto& text : client ? context.dst_routes() : context.src_routes()) {
    ASSIGN_OR_RETURN(auto route, ParseRoute(text, client ? "dst_routes" : "src_routes", own));
    if (std::find(result.allowed_sources.begin(), result.allowed_sources.end(), route.prefix) ==
        result.allowed_sources.end()) {
      result.allowed_sources.push_back(route.prefix);
    }
  }
  return result;
}

std::string AliasFor(Side side, const Connection& connection) {
  return absl::StrCat(side == Side::kClient ? "server-" : "client-",
                      Shortened(connection.path().path_segments(0).id(), kLongestIdInAlias));
}

}  // namespace nsm::forwarder
