// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/query_match.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "google/protobuf/util/message_differencer.h"

namespace nsm {
namespace {

bool HasLabels(const NetworkServiceEndpoint& query, const NetworkServiceEndpoint& entry) {
  for (const auto& [service, wanted] : query.network_service_labels()) {
    auto given = entry.network_service_labels().find(service);
    if (given == entry.network_service_labels().end()) return false;
    for (const auto& [key, value] : wanted.labels()) {
      auto label = given->second.labels().find(key);
      if (label == given->second.labels().end() || label->second != value) return false;
    }
  }
  return true;
}

bool HasServices(const NetworkServiceEndpoint& query, const NetworkServiceEndpoint& entry) {
  const auto& given = entry.network_service_names();
  return std::all_of(query.network_service_names().begin(), query.network_service_names().end(),
                     [&given](const std::string& wanted) {
                       return std::find(given.begin(), given.end(), wanted) != given.end();
                     });
}

bool HasMatches(const NetworkService& query, const NetworkService& entry) {
  using google::protobuf::util::MessageDifferencer;
  if (query.matches().empty()) return true;
  return query.matches_size() == entry.matches_size() &&
         std::equal(query.matches().begin(), query.matches().end(), entry.matches().begin(),
                    [](const auto& a, const auto& b) { return MessageDifferencer::Equals(a, b); });
}

}  // namespace

bool MatchesQuery(const NetworkService& query, const NetworkService& entry) {
  return (query.name().empty() || query.name() == entry.name()) &&
         (query.payload().empty() || query.payload() == entry.payload()) && HasMatches(query, entry);
}

bool MatchesQuery(const NetworkServiceEndpoint& query, const NetworkServiceEndpoint& entry) {
  return (query.name().empty() || query.name() == entry.name()) &&
         (query.url().empty() || absl::StrContains(entry.url(), query.url())) &&
         (!query.has_expiration_time() ||
          query.expiration_time().seconds() == entry.expiration_time().seconds()) &&
         HasServices(query, entry) && HasLabels(query, entry);
}

}  // namespace nsm
