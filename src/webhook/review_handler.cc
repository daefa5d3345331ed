// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/review_handler.h"

#include <spdlog/spdlog.h>

#include "absl/strings/str_cat.h"
#include "src/webhook/decide.h"
#include "src/webhook/review.h"

namespace nsm::webhook {
namespace {

constexpr int kBadRequest = 400;
constexpr int kUnavailable = 503;

// Of a pod that has no name yet, what it will begin with.
std::string ObjectName(const Json& object) {
  const auto metadata = Find(object, {"metadata"}, Json::value_t::object);
  if (!metadata.ok() || *metadata == nullptr) return "";
  const std::string name = TextOf(**metadata, "name");
  return name.empty() ? TextOf(**metadata, "generateName") : name;
}

void Log(const Review& review, const Verdict& verdict) {
  const std::string what = absl::StrCat(review.operation, " of ", review.kind, " ", review.name_space, "/",
                                        ObjectName(review.object));
  if (!verdict.message.empty()) {
    spdlog::info("{} refused: {}", what, verdict.message);
  } else if (!verdict.patch.empty()) {
    spdlog::info("{} changed", what);
  }
}

}  // namespace

HttpAnswer ReviewHandler::Handle(const std::string& body) const {
  const absl::StatusOr<Review> review = ParseReview(body);
  if (!review.ok()) {
    return {.status = kBadRequest,
            .body = absl::StrCat(review.status().message(), "\n"),
            .content_type = "text/plain"};
  }
  Verdict verdict;
  if (NeedsNamespace(*review)) {
    const absl::StatusOr<Json> name_space = namespaces_.Read(review->name_space);
    if (name_space.ok()) {
      verdict = Decide(*review, &*name_space, options_);
    } else {
      verdict.code = kUnavailable;
      verdict.message = absl::StrCat("whether the namespace is annotated is not known; try again: ",
                                     name_space.status().message());
    }
  } else {
    verdict = Decide(*review, namespaces_.Known(review->name_space).get(), options_);
  }
  Log(*review, verdict);
  return {.body = ToAnswer(*review, verdict)};
}

}  // namespace nsm::webhook
