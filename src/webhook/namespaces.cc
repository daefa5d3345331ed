// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/namespaces.h"

#include <utility>

#include "src/webhook/annotation.h"

namespace nsm::webhook {
namespace {

const kubernetes::Resource kNamespaces = {
    .group = "", .version = "v1", .plural = "namespaces", .name_space = ""};

// Also where it is a bad one: then the pods are refused, and not let in without what they were to have.
bool IsAnnotated(const Json& name_space) {
  const auto annotation = FindAnnotation(name_space, {"metadata"});
  return !annotation.ok() || annotation->has_value();
}

}  // namespace

Namespaces::Namespaces(kubernetes::Api& api, std::function<void()> on_change)
    : api_(api),
      reflector_(
          api, {.query = {.resource = kNamespaces, .label_selector = "", .field_selector = ""}},
          [on_change = std::move(on_change)](const std::vector<kubernetes::Change>&) { on_change(); }) {}

std::optional<std::set<std::string>> Namespaces::Annotated() const {
  if (!reflector_.listed()) return std::nullopt;
  std::set<std::string> names;
  for (const auto& [key, name_space] : reflector_.picture()) {
    if (IsAnnotated(*name_space)) names.insert(key.name);
  }
  return names;
}

kubernetes::ObjectPtr Namespaces::Known(const std::string& name) const {
  return reflector_.Find({.name_space = "", .name = name});
}

absl::StatusOr<Json> Namespaces::Read(const std::string& name) const {
  const kubernetes::ObjectPtr known = Known(name);
  if (known != nullptr && IsAnnotated(*known)) return *known;
  return api_.Get(kNamespaces, name);
}

}  // namespace nsm::webhook
