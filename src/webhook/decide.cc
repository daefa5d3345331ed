// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/decide.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/webhook/annotation.h"
#include "src/webhook/pod.h"
#include "src/webhook/workload.h"

namespace nsm::webhook {
namespace {

constexpr int kRefused = 422;
constexpr char kSecurityLevel[] = "pod-security.kubernetes.io/enforce";

bool IsPod(const Review& review) { return review.group.empty() && review.kind == "Pod"; }
bool IsNamespace(const Review& review) { return review.group.empty() && review.kind == "Namespace"; }

bool HasMetadata(const Json& object, const Path& path, Json::value_t type) {
  const auto found = Find(object, Path{"metadata"} / path, type);
  return found.ok() && *found != nullptr;
}

bool IsConcerned(const Review& review) {
  if (!review.object.is_object() || !review.sub_resource.empty()) return false;
  if (HasMetadata(review.object, {"deletionTimestamp"}, Json::value_t::string)) return false;
  if (review.operation == "CREATE") return true;
  // Nothing that matters here can be changed of a pod.
  return review.operation == "UPDATE" && !IsPod(review);
}

// kubelet's picture of a pod that it takes from a file of its node.
bool IsMirror(const Json& pod) {
  return HasMetadata(pod, {"annotations", "kubernetes.io/config.mirror"}, Json::value_t::string);
}

// What Pod Security is going to say of the volume, with what to do.
void WarnOfLevel(const Json* name_space, const ClientOptions& options, Change& change) {
  if (name_space == nullptr || !options.csi_driver.empty() || change.patch.empty()) return;
  const auto labels = Find(*name_space, {"metadata", "labels"}, Json::value_t::object);
  const std::string level = labels.ok() && *labels != nullptr ? TextOf(**labels, kSecurityLevel) : "";
  if (level.empty() || level == "privileged") return;
  change.warnings.push_back(
      absl::StrCat("the namespace's Pod Security level is ", level,
                   ", in which a pod has no hostPath: install with webhook.volumes=csi"));
}

absl::StatusOr<Change> JudgePod(const Review& review, const Json& pod, const Json* name_space,
                                const ClientOptions& options) {
  ASSIGN_OR_RETURN(std::optional<Annotation> annotation, FindAnnotation(pod, {"metadata"}));
  const bool is_own = annotation.has_value();
  if (!is_own && name_space != nullptr) {
    ASSIGN_OR_RETURN(annotation, FindAnnotation(*name_space, {"metadata"}));
    if (annotation) annotation->place = absl::StrCat("the metadata of namespace ", review.name_space);
  }
  if (!annotation) return Change{};
  if (IsMirror(pod)) {
    return Change{.patch = Json::array(),
                  .warnings = {absl::StrCat("annotation ", annotation->name,
                                            " has no effect on a pod that is a file of its node")}};
  }
  ASSIGN_OR_RETURN(const std::vector<client::ServiceUrl> services, annotation->Services());
  ASSIGN_OR_RETURN(const bool is_of_host, IsOfHostNetwork(pod));
  if (is_of_host && !is_own) {
    return Change{.patch = Json::array(),
                  .warnings = {absl::StrCat("spec.hostNetwork is true: the pod does not get the services of ",
                                            annotation->place)}};
  }
  ASSIGN_OR_RETURN(Change change, InjectClient(pod, services, options));
  WarnOfLevel(name_space, options, change);
  return change;
}

absl::StatusOr<Change> JudgeNamespace(const Json& object) {
  ASSIGN_OR_RETURN(const std::optional<Annotation> annotation, FindAnnotation(object, {"metadata"}));
  if (annotation) RETURN_IF_ERROR(annotation->Services().status());
  return Change{};
}

absl::StatusOr<Change> Judge(const Review& review, const Json& object, const Json* name_space,
                             const ClientOptions& options) {
  if (IsPod(review)) return JudgePod(review, object, name_space, options);
  if (IsNamespace(review)) return JudgeNamespace(object);
  if (!IsWorkload(review.group, review.kind)) return Change{};
  const Json* before = review.old_object.is_object() ? &review.old_object : nullptr;
  return ChangeWorkload(review.kind, object, before, options);
}

}  // namespace

bool NeedsNamespace(const Review& review) {
  if (!IsConcerned(review) || !IsPod(review)) return false;
  const auto annotation = FindAnnotation(review.object, {"metadata"});
  return annotation.ok() && !annotation->has_value();
}

Verdict Decide(const Review& review, const Json* name_space, const ClientOptions& options) {
  if (!IsConcerned(review)) return {};
  absl::StatusOr<Change> change = Judge(review, review.object, name_space, options);
  Verdict verdict;
  if (change.ok()) {
    verdict.warnings = std::move(change->warnings);
    verdict.patch = std::move(change->patch);
    return verdict;
  }
  const std::string why(change.status().message());
  const bool was_so =
      review.old_object.is_object() && !Judge(review, review.old_object, name_space, options).ok();
  if (was_so) {
    verdict.warnings = {absl::StrCat("left as it was, and without effect: ", why)};
    return verdict;
  }
  verdict.code = kRefused;
  verdict.message = why;
  return verdict;
}

}  // namespace nsm::webhook
