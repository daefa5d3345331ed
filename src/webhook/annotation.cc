// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/annotation.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "src/client/annotation.h"
#include "src/core/status_macros.h"

namespace nsm::webhook {
namespace {

// Far more than anybody needs; each service has a thread of the client, and all of them are in one variable
// of its environment.
constexpr size_t kLongestAnnotation = 16 * 1024;
constexpr size_t kMostServices = 64;
constexpr size_t kLongestService = 253;  // as all hops have it

absl::Status CheckLimits(const std::vector<client::ServiceUrl>& services) {
  if (services.size() > kMostServices) {
    return absl::InvalidArgumentError(
        absl::StrCat(services.size(), " services: at most ", kMostServices, " for one pod"));
  }
  for (size_t i = 0; i < services.size(); ++i) {
    if (services[i].service.size() <= kLongestService) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("entry ", i + 1, ": a service's name has at most ", kLongestService, " bytes"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<client::ServiceUrl>> Parse(const Annotation& annotation) {
  if (annotation.text.size() > kLongestAnnotation) {
    return absl::InvalidArgumentError(
        absl::StrCat(annotation.text.size(), " bytes: at most ", kLongestAnnotation));
  }
  ASSIGN_OR_RETURN(std::vector<client::ServiceUrl> services,
                   annotation.name == kServices ? client::ParseAnnotation(annotation.text)
                                                : client::ParseUrlAnnotation(annotation.text));
  RETURN_IF_ERROR(CheckLimits(services));
  return services;
}

}  // namespace

absl::StatusOr<std::vector<client::ServiceUrl>> Annotation::Services() const {
  absl::StatusOr<std::vector<client::ServiceUrl>> services = Parse(*this);
  if (services.ok()) return services;
  return absl::InvalidArgumentError(
      absl::StrCat("annotation ", name, " in ", place, ": ", services.status().message()));
}

absl::StatusOr<std::optional<Annotation>> FindAnnotation(const Json& object, const Path& place) {
  ASSIGN_OR_RETURN(auto annotations, FindTexts(object, place / Path{"annotations"}));
  if (annotations.contains(kServices) && annotations.contains(kServiceUrls)) {
    return absl::InvalidArgumentError(absl::StrCat(ToString(place), " has both annotations, ", kServices,
                                                   " and ", kServiceUrls, ": give one, with all services"));
  }
  for (const char* name : {kServices, kServiceUrls}) {
    auto found = annotations.find(name);
    if (found != annotations.end()) return Annotation{name, found->second, ToString(place)};
  }
  return std::nullopt;
}

}  // namespace nsm::webhook
