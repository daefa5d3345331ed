// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/workload.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/webhook/annotation.h"

namespace nsm::webhook {
namespace {

const Path kMetadata = {"metadata"};

Path TemplateOf(const std::string& kind) {
  return kind == "CronJob" ? Path{"spec", "jobTemplate", "spec", "template"} : Path{"spec", "template"};
}

// Where an annotation may be that is not in the template.
std::vector<Path> PlacesAbove(const std::string& kind) {
  std::vector<Path> places = {kMetadata};
  if (kind == "CronJob") places.push_back({"spec", "jobTemplate", "metadata"});
  return places;
}

absl::StatusOr<bool> IsMadeByController(const std::string& kind, const Json& object) {
  if (kind != "ReplicaSet" && kind != "Job") return false;
  ASSIGN_OR_RETURN(const Json* owners, Find(object, {"metadata", "ownerReferences"}, Json::value_t::array));
  if (owners == nullptr) return false;
  return std::any_of(owners->begin(), owners->end(), [](const Json& owner) {
    const auto controls = Find(owner, {"controller"}, Json::value_t::boolean);
    return controls.ok() && *controls != nullptr && (*controls)->get<bool>();
  });
}

absl::Status CheckSame(const Annotation& a, const Annotation& b) {
  if (a.SameAs(b)) return absl::OkStatus();
  if (a.name != b.name) {
    return absl::InvalidArgumentError(absl::StrCat("annotation ", a.name, " in ", a.place, " and ", b.name,
                                                   " in ", b.place, ": give one, with all services"));
  }
  return absl::InvalidArgumentError(absl::StrCat("annotation ", a.name, " is not the same in ", a.place,
                                                 " and in ", b.place, ": give it once, or the same twice"));
}

absl::StatusOr<std::optional<Annotation>> AnnotationAbove(const std::string& kind, const Json& object) {
  std::optional<Annotation> above;
  for (const Path& place : PlacesAbove(kind)) {
    ASSIGN_OR_RETURN(std::optional<Annotation> found, FindAnnotation(object, place));
    if (above && found) RETURN_IF_ERROR(CheckSame(*above, *found));
    if (!above) above = std::move(found);
  }
  return above;
}

absl::Status CheckTemplate(const Json& object, const Path& place, const Annotation& annotation,
                           const ClientOptions& options, Change& change) {
  ASSIGN_OR_RETURN(const std::vector<client::ServiceUrl> services, annotation.Services());
  ASSIGN_OR_RETURN(const Json* pod, Find(object, place, Json::value_t::object));
  if (pod == nullptr) return absl::InvalidArgumentError(absl::StrCat(ToString(place), " is missing"));
  absl::StatusOr<Change> injected = InjectClient(*pod, services, options);
  if (!injected.ok()) {
    return absl::Status(injected.status().code(),
                        absl::StrCat("in ", ToString(place), ": ", injected.status().message()));
  }
  change.warnings = std::move(injected->warnings);
  return absl::OkStatus();
}

bool IsSameAt(const Path& place, const Json& a, const Json& b) {
  const auto in_a = Find(a, place, Json::value_t::object), in_b = Find(b, place, Json::value_t::object);
  return in_a.ok() && in_b.ok() && *in_a != nullptr && *in_b != nullptr && **in_a == **in_b;
}

// The template's metadata with what is above it.
void Copy(const std::optional<Annotation>& above, const std::optional<Annotation>& copy, const Path& place,
          const std::string& kind, JsonEdit& edit) {
  auto path = [&place](const std::string& name) { return place / Path{"annotations", name}; };
  if (copy && (!above || above->name != copy->name)) edit.Remove(path(copy->name));
  if (above) {
    edit.Set(path(above->name), above->text);
    if (!copy) edit.Set(path(kCopied), kind);
  } else {
    edit.Remove(path(kCopied));
  }
}

}  // namespace

bool IsWorkload(const std::string& group, const std::string& kind) {
  if (group == "batch") return kind == "Job" || kind == "CronJob";
  return group == "apps" &&
         (kind == "Deployment" || kind == "StatefulSet" || kind == "DaemonSet" || kind == "ReplicaSet");
}

absl::StatusOr<Change> ChangeWorkload(const std::string& kind, const Json& object, const Json* before,
                                      const ClientOptions& options) {
  ASSIGN_OR_RETURN(const bool is_made, IsMadeByController(kind, object));
  if (is_made) return Change{};
  const Path place = TemplateOf(kind);
  const Path metadata = place / kMetadata;
  ASSIGN_OR_RETURN(const std::optional<Annotation> above, AnnotationAbove(kind, object));
  ASSIGN_OR_RETURN(const std::optional<Annotation> inside, FindAnnotation(object, metadata));
  ASSIGN_OR_RETURN(const auto annotations, FindTexts(object, metadata / Path{"annotations"}));
  const bool is_copy = annotations.contains(kCopied);
  if (above && inside && !is_copy) RETURN_IF_ERROR(CheckSame(*above, *inside));

  Change change;
  const std::optional<Annotation>& wanted = above || is_copy ? above : inside;
  if (wanted) RETURN_IF_ERROR(CheckTemplate(object, place, *wanted, options, change));
  const bool is_right = above ? inside && above->SameAs(*inside) : !is_copy;
  if (is_right) return change;
  JsonEdit edit(object);
  Copy(above, is_copy ? inside : std::nullopt, metadata, kind, edit);
  if (kind == "Job" && before != nullptr && !IsSameAt(place, edit.object(), *before)) {
    change.warnings.push_back(
        "the annotation has no effect on a Job that is there: its pods are made as it was created");
    return change;
  }
  change.patch = edit.patch();
  return change;
}

}  // namespace nsm::webhook
