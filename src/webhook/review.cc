// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/review.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm::webhook {
namespace {

constexpr char kVersion[] = "admission.k8s.io/v1";
constexpr int kAllowed = 200;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

absl::StatusOr<Json> ObjectAt(const Json& request, const char* member) {
  ASSIGN_OR_RETURN(const Json* object, Find(request, {member}, Json::value_t::object));
  return object == nullptr ? Json() : *object;
}

// The words of Kubernetes for the code (API conventions, "reason").
const char* ReasonFor(int code) {
  switch (code) {
    case 422:
      return "Invalid";
    case 503:
      return "ServiceUnavailable";
    default:
      return "Forbidden";
  }
}

}  // namespace

absl::StatusOr<Review> ParseReview(absl::string_view body) {
  ASSIGN_OR_RETURN(const Json json, ParseJson(body));
  if (TextOf(json, "apiVersion") != kVersion || TextOf(json, "kind") != "AdmissionReview") {
    return absl::InvalidArgumentError(absl::StrCat("no AdmissionReview of ", kVersion));
  }
  ASSIGN_OR_RETURN(const Json request, ObjectAt(json, "request"));
  ASSIGN_OR_RETURN(const Json kind, ObjectAt(request, "kind"));
  Review review{.uid = TextOf(request, "uid"),
                .operation = TextOf(request, "operation"),
                .group = TextOf(kind, "group"),
                .kind = TextOf(kind, "kind"),
                .sub_resource = TextOf(request, "subResource"),
                .name_space = TextOf(request, "namespace"),
                .object = nullptr,
                .old_object = nullptr};
  if (review.uid.empty()) return absl::InvalidArgumentError("request.uid is missing");
  ASSIGN_OR_RETURN(review.object, ObjectAt(request, "object"));
  ASSIGN_OR_RETURN(review.old_object, ObjectAt(request, "oldObject"));
  return review;
}

std::string ToAnswer(const Review& review, const Verdict& verdict) {
  Json response = {{"uid", review.uid}, {"allowed", verdict.code == kAllowed}};
  if (verdict.code != kAllowed) {
    response["status"] = {
        {"code", verdict.code}, {"reason", ReasonFor(verdict.code)}, {"message", verdict.message}};
  }
  if (!verdict.warnings.empty()) response["warnings"] = verdict.warnings;
  if (verdict.code == kAllowed && !verdict.patch.empty()) {
    response["patchType"] = "JSONPatch";
    response["patch"] = absl::Base64Escape(Dump(verdict.patch));
  }
  return Dump({{"apiVersion", kVersion}, {"kind", "AdmissionReview"}, {"response", std::move(response)}});
}

}  // namespace nsm::webhook
