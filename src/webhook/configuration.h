// SPDX-License-Identifier: Apache-2.0
// What the webhook itself keeps right in its MutatingWebhookConfiguration
// (admissionregistration.k8s.io/v1). Pure.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "src/webhook/json_edit.h"

namespace nsm::webhook {

// The entry for pods with an annotation of their own, which whoever installs the webhook writes.
inline constexpr char kPodsEntry[] = "pods.webhook.networkservicemesh.io";
// The one for pods of annotated namespaces. It is made of the one above, and there only while there is such a
// namespace: an API server can select namespaces by labels only, so their names are listed in it.
inline constexpr char kNamespacesEntry[] = "annotated-namespaces.webhook.networkservicemesh.io";

struct KeptRight {
  std::string bundle;  // PEM: who signs the webhook's certificate; empty: not to be changed
  // Names of the annotated namespaces; none: not known yet, not to be changed.
  std::optional<std::set<std::string>> namespaces;
};

// The same object where all is right. INVALID_ARGUMENT: it lacks kPodsEntry, or something has another type.
absl::StatusOr<Json> WithKeptRight(Json configuration, const KeptRight& kept);

// Whether every entry trusts what that certificate (PEM) has signed.
bool Trusts(const Json& configuration, const std::string& certificate);

}  // namespace nsm::webhook
