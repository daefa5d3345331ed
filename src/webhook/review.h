// SPDX-License-Identifier: Apache-2.0
// What an API server asks an admission webhook, and what it is answered (admission.k8s.io/v1,
// AdmissionReview).
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/webhook/json_edit.h"

namespace nsm::webhook {

struct Review {
  std::string uid;
  std::string operation;  // CREATE, UPDATE, DELETE, CONNECT
  std::string group;      // of the object's kind; empty: the core group
  std::string kind;
  std::string sub_resource;  // "scale"; empty: the object itself
  std::string name_space;    // empty for what belongs to none
  Json object;               // null for DELETE
  Json old_object;           // null for CREATE
};

// INVALID_ARGUMENT: it is no AdmissionReview that can be answered.
absl::StatusOr<Review> ParseReview(absl::string_view body);

struct Verdict {
  int code = 200;                     // of HTTP; others refuse
  std::string message;                // why
  std::vector<std::string> warnings;  // kubectl shows them
  Json patch = Json::array();         // RFC 6902
  bool operator==(const Verdict&) const = default;
};

std::string ToAnswer(const Review& review, const Verdict& verdict);

}  // namespace nsm::webhook
