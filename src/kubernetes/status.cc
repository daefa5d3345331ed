// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/status.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace nsm::kubernetes {
namespace {

constexpr absl::string_view kRetryAfter = "interdomain-nsm/kubernetes-retry-after-seconds";
// What a proxy in between answers may be a whole page.
constexpr size_t kLongestText = 300;

// The server's history does not go as far as was asked for, in either direction.
bool IsOtherHistory(const Json& status_object) {
  const Json::json_pointer causes("/details/causes");
  if (!status_object.contains(causes) || !status_object.at(causes).is_array()) return false;
  return std::ranges::any_of(status_object.at(causes), [](const Json& cause) {
    return TextAt(cause, "/reason") == "ResourceVersionTooLarge";
  });
}

absl::StatusCode Code(int http_status, const Json& status_object) {
  switch (http_status) {
    case 400:
    case 422:
      return absl::StatusCode::kInvalidArgument;
    case 401:
      return absl::StatusCode::kUnauthenticated;
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
      // The server names the object that it misses, but not a resource that it does not know.
      return TextAt(status_object, "/details/name").empty() ? absl::StatusCode::kFailedPrecondition
                                                            : absl::StatusCode::kNotFound;
    case 408:
    case 429:
      return absl::StatusCode::kUnavailable;
    case 409:
      return TextAt(status_object, "/reason") == "AlreadyExists" ? absl::StatusCode::kAlreadyExists
                                                                 : absl::StatusCode::kAborted;
    case 410:
      return absl::StatusCode::kOutOfRange;
    default:
      if (IsOtherHistory(status_object)) return absl::StatusCode::kOutOfRange;
      return http_status >= 500 ? absl::StatusCode::kUnavailable : absl::StatusCode::kUnknown;
  }
}

absl::Status ToStatus(int http_status, const Json& status_object, absl::string_view text,
                      absl::string_view tried) {
  const absl::StatusCode code = Code(http_status, status_object);
  absl::string_view hint =
      code == absl::StatusCode::kFailedPrecondition ? "; is its CustomResourceDefinition installed?" : "";
  return absl::Status(
      code, absl::StrCat(tried, ": ", absl::StripAsciiWhitespace(text).substr(0, kLongestText), " (HTTP ",
                         http_status, ")", hint));
}

}  // namespace

absl::Status ToStatus(int http_status, const std::string& body, absl::string_view tried) {
  const Json object = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (TextAt(object, "/kind") != "Status") return ToStatus(http_status, Json::object(), body, tried);
  return ToStatus(http_status, object, TextAt(object, "/message"), tried);
}

absl::Status ToStatus(const Json& status_object, absl::string_view tried) {
  const auto code = status_object.is_object() ? status_object.find("code") : status_object.end();
  const bool has_code = code != status_object.end() && code->is_number_integer();
  return ToStatus(has_code ? code->get<int>() : 500, status_object, TextAt(status_object, "/message"), tried);
}

absl::Status WithRetryAfter(absl::Status status, absl::Duration delay) {
  status.SetPayload(kRetryAfter, absl::Cord(absl::StrCat(absl::ToInt64Seconds(delay))));
  return status;
}

std::optional<absl::Duration> RetryAfter(const absl::Status& status) {
  int64_t seconds = 0;
  auto payload = status.GetPayload(kRetryAfter);
  if (!payload || !absl::SimpleAtoi(std::string(*payload), &seconds)) return std::nullopt;
  return absl::Seconds(seconds);
}

}  // namespace nsm::kubernetes
