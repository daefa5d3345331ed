// SPDX-License-Identifier: Apache-2.0
// Objects of the Kubernetes API are JSON; these are the parts that all of them have
// (Kubernetes API conventions, "Metadata").
#pragma once

#include <compare>
#include <memory>
#include <string>

#include "nlohmann/json.hpp"

namespace nsm::kubernetes {

using Json = nlohmann::json;
// One that several threads may read.
using ObjectPtr = std::shared_ptr<const Json>;

// What tells an object from the others of its resource at one time. One that was deleted and made again has
// the same: see Uid.
struct ObjectKey {
  std::string name_space;  // empty for what belongs to no namespace
  std::string name;
  auto operator<=>(const ObjectKey&) const = default;
};

ObjectKey KeyOf(const Json& object);

// Texts of the object's metadata; empty where it has none.
std::string Name(const Json& object);
std::string Namespace(const Json& object);
std::string Uid(const Json& object);
// Another one after each change. Of one cluster's object store, greater for later changes, once read as a
// number; but nothing says so of what an aggregated API server serves.
std::string ResourceVersion(const Json& object);
std::string Annotation(const Json& object, const std::string& name);

// The text at `path` ("/spec/name", RFC 6901); empty where there is none, or something else.
std::string TextAt(const Json& object, const std::string& path);

}  // namespace nsm::kubernetes
