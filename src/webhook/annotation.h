// SPDX-License-Identifier: Apache-2.0
// The annotations that ask for network services, and what says so of an object that we have changed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "src/client/service_url.h"
#include "src/webhook/json_edit.h"

namespace nsm::webhook {

inline constexpr char kServices[] = "ns.networkservicemesh.io";  // SERVICE@DOMAIN/INTERFACE,...
inline constexpr char kServiceUrls[] =
    "networkservicemesh.io";  // kernel://SERVICE@DOMAIN/INTERFACE,..., NSM v1
// Of a pod: containers and volumes of those names (client_containers.h) are ours.
inline constexpr char kInjected[] = "networkservicemesh.io/client";
// Of a pod template: the kind of object from whose metadata its annotation is a copy.
inline constexpr char kCopied[] = "networkservicemesh.io/annotated-at";

struct Annotation {
  std::string name;  // one of the first two above
  std::string text;
  std::string place;  // for messages: "spec.template.metadata"

  // What it asks for. INVALID_ARGUMENT says where in the annotation what is wrong, and what is expected.
  absl::StatusOr<std::vector<client::ServiceUrl>> Services() const;
  bool SameAs(const Annotation& other) const { return name == other.name && text == other.text; }
};

// The one in the metadata at `place` of the object. INVALID_ARGUMENT: both are there, or something of another
// type.
absl::StatusOr<std::optional<Annotation>> FindAnnotation(const Json& object, const Path& place);

}  // namespace nsm::webhook
