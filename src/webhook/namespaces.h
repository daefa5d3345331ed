// SPDX-License-Identifier: Apache-2.0
// The cluster's namespaces, and which of them are annotated.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "src/kubernetes/api.h"
#include "src/kubernetes/reflector.h"
#include "src/webhook/json_edit.h"

namespace nsm::webhook {

// Threading: thread safe.
class Namespaces {
 public:
  // `on_change` is called on a thread of this object's.
  Namespaces(kubernetes::Api& api, std::function<void()> on_change);

  // None as long as they are not known.
  std::optional<std::set<std::string>> Annotated() const;
  // What is known of it; null: nothing.
  kubernetes::ObjectPtr Known(const std::string& name) const;
  // As it is now: asks the API server where what is known has no annotation, which may be old.
  absl::StatusOr<Json> Read(const std::string& name) const;

 private:
  kubernetes::Api& api_;
  const kubernetes::Reflector reflector_;
};

}  // namespace nsm::webhook
