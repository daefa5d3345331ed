// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/object.h"

namespace nsm::kubernetes {
namespace {

// `path` must be a JSON pointer, which those here are.
const Json* Find(const Json& object, const std::string& path) {
  const Json::json_pointer pointer(path);
  return object.contains(pointer) ? &object.at(pointer) : nullptr;
}

std::string Metadata(const Json& object, const std::string& field) {
  return TextAt(object, "/metadata/" + field);
}

}  // namespace

std::string TextAt(const Json& object, const std::string& path) {
  const Json* found = Find(object, path);
  return found != nullptr && found->is_string() ? found->get<std::string>() : "";
}

std::string Name(const Json& object) { return Metadata(object, "name"); }
std::string Namespace(const Json& object) { return Metadata(object, "namespace"); }
std::string Uid(const Json& object) { return Metadata(object, "uid"); }
std::string ResourceVersion(const Json& object) { return Metadata(object, "resourceVersion"); }
ObjectKey KeyOf(const Json& object) { return {.name_space = Namespace(object), .name = Name(object)}; }

std::string Annotation(const Json& object, const std::string& name) {
  // Not by a pointer: names have slashes in them.
  const Json* annotations = Find(object, "/metadata/annotations");
  if (annotations == nullptr || !annotations->is_object()) return "";
  auto found = annotations->find(name);
  return found != annotations->end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace nsm::kubernetes
