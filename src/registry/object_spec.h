// SPDX-License-Identifier: Apache-2.0
// A registry entry as the spec of its Kubernetes object, the way that upstream's registries write and read
// it: the message's fields by their names in the .proto, empty ones left out, times as {"seconds", "nanos"}.
// Source: NSM v1, sdk-k8s pkg/tools/k8s/apis/networkservicemesh.io/v1.
#pragma once

#include "absl/status/statusor.h"
#include "src/kubernetes/object.h"
#include "src/nsm/registry/registry_chain.h"

namespace nsm::registry {

// What Kubernetes calls the objects of a kind.
template <typename Kind>
struct ObjectKind;
template <>
struct ObjectKind<ServiceKind> {
  static constexpr char kName[] = "NetworkService";
  static constexpr char kPlural[] = "networkservices";
};
template <>
struct ObjectKind<EndpointKind> {
  static constexpr char kName[] = "NetworkServiceEndpoint";
  static constexpr char kPlural[] = "networkserviceendpoints";
};
inline constexpr char kObjectGroup[] = "networkservicemesh.io";
inline constexpr char kObjectVersion[] = "v1";

// INVALID_ARGUMENT: it holds what JSON cannot.
template <typename Kind>
absl::StatusOr<kubernetes::Json> ToSpec(const typename Kind::Entry& entry);

// The entry that an object stands for, whoever wrote it: fields that are not known here are left out, and one
// without a name is called as the object is. INVALID_ARGUMENT: it is none, or goes beyond the limits of
// src/nsm/wire/limits.h.
template <typename Kind>
absl::StatusOr<typename Kind::Entry> EntryOf(const kubernetes::Json& object);

}  // namespace nsm::registry
