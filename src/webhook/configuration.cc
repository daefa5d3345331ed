// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/configuration.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/webhook/annotation.h"

namespace nsm::webhook {
namespace {

constexpr char kNameLabel[] = "kubernetes.io/metadata.name";  // every namespace has it, from 1.21 on

// The others have their entry.
std::string WithoutOwnAnnotation() {
  return absl::StrCat("!has(object.metadata.annotations) || !('", kServices,
                      "' in object.metadata.annotations || '", kServiceUrls,
                      "' in object.metadata.annotations)");
}

Json::iterator EntryNamed(Json& entries, const std::string& name) {
  return std::find_if(entries.begin(), entries.end(),
                      [&name](const Json& entry) { return TextOf(entry, "name") == name; });
}

absl::Status Check(const Json& entries) {
  for (const Json& entry : entries) {
    if (!entry.is_object()) return absl::InvalidArgumentError("webhooks has something that is no object");
    RETURN_IF_ERROR(Find(entry, {"clientConfig"}, Json::value_t::object).status());
    RETURN_IF_ERROR(Find(entry, {"namespaceSelector"}, Json::value_t::object).status());
    RETURN_IF_ERROR(Find(entry, {"namespaceSelector", "matchExpressions"}, Json::value_t::array).status());
  }
  return absl::OkStatus();
}

Json EntryForNamespaces(Json entry, const std::set<std::string>& namespaces) {
  entry["name"] = kNamespacesEntry;
  entry["matchConditions"] = {{{"name", "without-own-annotation"}, {"expression", WithoutOwnAnnotation()}}};
  entry["namespaceSelector"]["matchExpressions"].push_back(
      {{"key", kNameLabel}, {"operator", "In"}, {"values", namespaces}});
  return entry;
}

void PlaceEntry(Json& entries, const std::set<std::string>& namespaces) {
  const Json wanted = EntryForNamespaces(*EntryNamed(entries, kPodsEntry), namespaces);
  const auto present = EntryNamed(entries, kNamespacesEntry);
  if (namespaces.empty()) {
    if (present != entries.end()) entries.erase(present);
  } else if (present == entries.end()) {
    entries.push_back(wanted);
  } else {
    *present = wanted;
  }
}

}  // namespace

absl::StatusOr<Json> WithKeptRight(Json configuration, const KeptRight& kept) {
  ASSIGN_OR_RETURN(const Json* found, Find(configuration, {"webhooks"}, Json::value_t::array));
  Json entries = found == nullptr ? Json::array() : *found;
  RETURN_IF_ERROR(Check(entries));
  if (EntryNamed(entries, kPodsEntry) == entries.end()) {
    return absl::InvalidArgumentError(absl::StrCat("webhooks has no entry ", kPodsEntry));
  }
  if (!kept.bundle.empty()) {
    for (Json& entry : entries) entry["clientConfig"]["caBundle"] = absl::Base64Escape(kept.bundle);
  }
  if (kept.namespaces) PlaceEntry(entries, *kept.namespaces);
  configuration["webhooks"] = std::move(entries);
  return configuration;
}

bool Trusts(const Json& configuration, const std::string& certificate) {
  const auto entries = Find(configuration, {"webhooks"}, Json::value_t::array);
  if (!entries.ok() || *entries == nullptr) return false;
  return std::all_of((*entries)->begin(), (*entries)->end(), [&certificate](const Json& entry) {
    const auto bundle = Find(entry, {"clientConfig", "caBundle"}, Json::value_t::string);
    std::string text;
    return bundle.ok() && *bundle != nullptr && absl::Base64Unescape((*bundle)->get<std::string>(), &text) &&
           absl::StrContains(text, certificate);
  });
}

}  // namespace nsm::webhook
