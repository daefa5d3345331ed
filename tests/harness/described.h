// SPDX-License-Identifier: Apache-2.0
// What is observed as text, in which differences show.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/dataplane/plan.h"

namespace nsm::dataplane {

template <class T, class Show>
std::string Listed(const std::vector<T>& list, Show show) {
  std::vector<std::string> texts;
  for (const T& value : list) texts.push_back(show(value));
  std::sort(texts.begin(), texts.end());
  return absl::StrJoin(texts, ", ");
}
inline std::string Listed(const std::vector<IpPrefix>& list) {
  return Listed(list, [](const IpPrefix& prefix) { return prefix.ToString(); });
}
inline std::string Listed(const std::vector<Neighbor>& list) {
  return Listed(list,
                [](const Neighbor& n) { return absl::StrCat(n.address.ToString(), " ", n.mac.ToString()); });
}
inline std::string Listed(const std::vector<Route>& list) {
  return Listed(list, [](const Route& route) {
    return absl::StrCat(route.prefix.ToString(), " via ",
                        route.next_hop.has_value() ? route.next_hop->ToString() : "-");
  });
}
inline std::string Described(const ObservedPodEnd& end) {
  return absl::StrCat("name ", end.name, "\nalias ", end.alias, "\nmtu ", end.mtu, "\nup ", end.up,
                      "\nguarded ", end.guarded, "\narrivals ", end.arrivals, "\nipv6_off ", end.ipv6_off,
                      "\nmac ", end.mac.ToString(), "\nneighbors ", Listed(end.neighbors), "\naddresses ",
                      Listed(end.addresses), "\nroutes ", Listed(end.routes), "\n");
}
// All of it as text, in which differences show.
inline std::string Described(const Observed& observed) {
  std::string text;
  for (int i : {0, 1}) {
    if (const auto& attachment = observed.attachments[i]; attachment.has_value()) {
      absl::StrAppend(
          &text, "host_end ", attachment->host_end, "\nhost_up ", attachment->host_up, "\nhost_guard ",
          attachment->host_guard, "\nhost_mtu ", attachment->host_mtu, "\nsources ",
          Listed(attachment->allowed_sources), "\nways back ", Listed(attachment->ways_back), "\n",
          attachment->egress.has_value() ? ToString(PutEgress{{}, *attachment->egress, std::nullopt})
                                         : "no egress",
          "\n", attachment->pod_end.has_value() ? Described(*attachment->pod_end) : "no pod end\n");
    }
    if (observed.ingress[i].has_value()) {
      absl::StrAppend(&text, "ingress to ", observed.ingress[i]->index.value, " at ",
                      observed.ingress[i]->local.ToString(), "\n");
    }
  }
  return text;
}

}  // namespace nsm::dataplane
