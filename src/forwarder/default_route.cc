// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/default_route.h"

#include <algorithm>
#include <vector>

#include "src/core/default_prefix.h"

namespace nsm::forwarder {
namespace {

using dataplane::Route;

struct Family {
  IpPrefix everything;
  std::vector<IpPrefix> halves;
};

Family FamilyOf(const std::string& zero, const std::string& middle) {
  const IpAddress low = *IpAddress::Parse(zero);
  return {.everything = {low, 0}, .halves = {{low, 1}, {*IpAddress::Parse(middle), 1}}};
}

}  // namespace

absl::Status UseDefaultRoutes(const Mechanism& mechanism, Side side, dataplane::Attachment& attachment) {
  const bool is_wanted = Parameter(mechanism, mechanism::kDefaultRoute) == mechanism::kYes;
  bool is_given = false;
  for (const Family& family : {FamilyOf("0.0.0.0", "128.0.0.0"), FamilyOf("::", "8000::")}) {
    auto is_default = [&](const Route& route) {
      return family.everything.Contains(route.prefix) && CountsAsDefault(route.prefix);
    };
    std::vector<Route>& routes = attachment.routes;
    auto found = std::find_if(routes.begin(), routes.end(), is_default);
    if (found == routes.end()) continue;
    is_given = true;
    const Route given = *found;
    std::erase_if(routes, is_default);
    const std::vector<IpPrefix> one{family.everything};
    for (const IpPrefix& prefix : is_wanted ? family.halves : one) {
      routes.push_back({.prefix = prefix, .next_hop = given.next_hop});
    }
  }
  if (!is_wanted || is_given || side == Side::kEndpoint) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "a default route over this connection is asked for, and its endpoint gives none (an endpoint of ours "
      "does by --routes 0.0.0.0/0)");
}

}  // namespace nsm::forwarder
