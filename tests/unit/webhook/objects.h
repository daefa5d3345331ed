// SPDX-License-Identifier: Apache-2.0
// Kubernetes objects for the tests of the webhook.
#pragma once

#include <string>

#include "src/webhook/annotation.h"
#include "src/webhook/client_options.h"

namespace nsm::webhook {

// Annotations.
inline const Json kIcmp = {{kServices, "icmp@east"}};
inline const Json kNone = Json::object();

inline ClientOptions Options() {
  ClientOptions options;
  options.image = "registry.example/nsm:1";
  return options;
}

// As a user writes it.
inline Json Pod(const Json& annotations) {
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata", {{"name", "client"}, {"namespace", "default"}, {"annotations", annotations}}},
          {"spec", {{"containers", Json::array({{{"name", "app"}, {"image", "app:1"}}})}}}};
}

// Whatever makes pods from a template, but for a CronJob.
inline Json Workload(const std::string& kind, const Json& annotations, const Json& inside) {
  Json pod = Pod(inside);
  return {{"kind", kind},
          {"metadata", {{"name", "clients"}, {"namespace", "default"}, {"annotations", annotations}}},
          {"spec", {{"template", {{"metadata", {{"annotations", inside}}}, {"spec", pod["spec"]}}}}}};
}

inline Json CronJob(const Json& annotations, const Json& of_job, const Json& inside) {
  Json job = Workload("Job", of_job, inside);
  return {{"kind", "CronJob"},
          {"metadata", {{"name", "clients"}, {"annotations", annotations}}},
          {"spec", {{"jobTemplate", {{"metadata", job["metadata"]}, {"spec", job["spec"]}}}}}};
}

inline Json Patched(const Json& object, const Json& patch) { return object.patch(patch); }

}  // namespace nsm::webhook
