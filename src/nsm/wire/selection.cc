// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/wire/selection.h"

#include <algorithm>
#include <regex>

namespace nsm {
namespace {

const LabelMap& LabelsFor(const NetworkServiceEndpoint& endpoint, const std::string& service) {
  static const LabelMap kNone;
  auto it = endpoint.network_service_labels().find(service);
  return it == endpoint.network_service_labels().end() ? kNone : it->second.labels();
}

std::string LabelOr(const LabelMap& labels, const std::string& key) {
  auto it = labels.find(key);
  return it == labels.end() ? "" : it->second;
}

void AppendFitting(const LabelMap& selector, const std::string& service, const LabelMap& client_labels,
                   const std::vector<NetworkServiceEndpoint>& from, std::vector<NetworkServiceEndpoint>& to) {
  for (const NetworkServiceEndpoint& endpoint : from) {
    bool is_new =
        std::none_of(to.begin(), to.end(), [&](const auto& e) { return e.name() == endpoint.name(); });
    if (is_new && Fits(selector, LabelsFor(endpoint, service), client_labels)) to.push_back(endpoint);
  }
}

}  // namespace

std::string ExpandTemplate(const std::string& text, const LabelMap& client_labels) {
  static const std::regex kLabel(R"re(\{\{\s*(?:\.(\w+)|index\s+\.\s+"([^"]*)")\s*\}\})re");
  if (text.find("{{") == std::string::npos) return text;
  std::string expanded;
  auto begin = std::sregex_iterator(text.begin(), text.end(), kLabel);
  size_t at = 0;
  for (auto it = begin; it != std::sregex_iterator(); ++it) {
    expanded.append(text, at, it->position() - at);
    bool is_field = (*it)[1].matched;
    const std::string key = is_field ? (*it)[1].str() : (*it)[2].str();
    auto label = client_labels.find(key);
    // What Go's templates print for a field that is not there.
    expanded += label != client_labels.end() ? label->second : is_field ? "<no value>" : "";
    at = it->position() + it->length();
  }
  return expanded.append(text, at, std::string::npos);
}

bool Fits(const LabelMap& selector, const LabelMap& labels, const LabelMap& client_labels) {
  return std::all_of(selector.begin(), selector.end(), [&](const auto& wanted) {
    const std::string have = LabelOr(labels, wanted.first);
    return have == wanted.second || have == ExpandTemplate(wanted.second, client_labels);
  });
}

bool IsForClient(const NetworkService& service, const LabelMap& client_labels) {
  const auto& matches = service.matches();
  return matches.empty() || std::any_of(matches.begin(), matches.end(), [&](const ::registry::Match& match) {
           return Fits(match.source_selector(), client_labels, client_labels);
         });
}

std::vector<NetworkServiceEndpoint> SelectEndpoints(const NetworkService& service,
                                                    const LabelMap& client_labels,
                                                    const std::vector<NetworkServiceEndpoint>& endpoints) {
  if (service.matches().empty()) return endpoints;
  for (const ::registry::Match& match : service.matches()) {
    if (!Fits(match.source_selector(), client_labels, client_labels)) continue;
    std::vector<NetworkServiceEndpoint> selected;
    for (const ::registry::Destination& route : match.routes()) {
      AppendFitting(route.destination_selector(), service.name(), client_labels, endpoints, selected);
    }
    if (selected.empty() && match.fallthrough()) continue;
    // A match that only chooses a forwarder leaves the endpoint free.
    return match.has_metadata() && match.routes().empty() ? endpoints : selected;
  }
  return {};
}

std::vector<NetworkServiceEndpoint> SelectForwarders(const NetworkService& service,
                                                     const LabelMap& client_labels,
                                                     const std::vector<NetworkServiceEndpoint>& forwarders) {
  if (service.matches().empty()) return forwarders;
  for (const ::registry::Match& match : service.matches()) {
    if (!Fits(match.source_selector(), client_labels, client_labels)) continue;
    LabelMap wanted;
    if (match.has_metadata()) {
      wanted = match.metadata().labels();
    } else {
      wanted["p2p"] = "true";
    }
    std::vector<NetworkServiceEndpoint> selected;
    AppendFitting(wanted, kForwarderService, client_labels, forwarders, selected);
    if (!selected.empty() || !match.fallthrough()) return selected;
  }
  return {};
}

}  // namespace nsm
