// SPDX-License-Identifier: Apache-2.0
// What whoever installs the webhook makes for it.
#pragma once

#include "src/webhook/configuration.h"

namespace nsm::webhook {

inline Json EmptySecret() {
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"metadata", {{"name", "nsm-webhook-certificate"}, {"namespace", "nsm-system"}}}};
}

inline Json Entry(const std::string& name) {
  return {{"name", name},
          {"clientConfig",
           {{"service", {{"name", "nsm-webhook"}, {"namespace", "nsm-system"}, {"path", "/mutate"}}}}},
          {"rules",
           Json::array({{{"operations", Json::array({"CREATE"})}, {"resources", Json::array({"pods"})}}})},
          {"failurePolicy", "Fail"},
          {"matchConditions", Json::array({{{"name", "annotated"}, {"expression", "true"}}})},
          {"namespaceSelector",
           {{"matchExpressions", Json::array({{{"key", "kubernetes.io/metadata.name"},
                                               {"operator", "NotIn"},
                                               {"values", Json::array({"kube-system", "nsm-system"})}}})}}}};
}

inline Json Configuration() {
  return {{"apiVersion", "admissionregistration.k8s.io/v1"},
          {"kind", "MutatingWebhookConfiguration"},
          {"metadata", {{"name", "nsm-webhook"}}},
          {"webhooks", Json::array({Entry(kPodsEntry), Entry("workloads.webhook.networkservicemesh.io")})}};
}

}  // namespace nsm::webhook
