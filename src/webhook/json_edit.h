// SPDX-License-Identifier: Apache-2.0
// Looks into JSON that may be anything, and changes of it that are told as a JSON patch (RFC 6902).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace nsm::webhook {

using Json = nlohmann::json;
// Names of members, from the outside to the inside.
using Path = std::vector<std::string>;

// For messages: "spec.template.metadata"; a name with a dot is in brackets and quotes.
std::string ToString(const Path& path);
Path operator/(const Path& path, const Path& more);

// INVALID_ARGUMENT where it is no JSON, or nested so deep that whoever walks through it might run out of
// stack; Kubernetes' own objects have a tenth of that depth.
absl::StatusOr<Json> ParseJson(absl::string_view text);

// What is at `path`; null where nothing is, or JSON's null. INVALID_ARGUMENT names what is on the way and no
// object, or is there and of another type.
absl::StatusOr<const Json*> Find(const Json& object, const Path& path, Json::value_t type);
// The members of an object that are all to be texts; empty where there is none.
absl::StatusOr<std::map<std::string, std::string>> FindTexts(const Json& object, const Path& path);
// The member where it is a text, else empty.
std::string TextOf(const Json& object, const std::string& member);

// Whether `present` is `wanted` with more members: what the API server makes of it when it fills in defaults.
// The elements of a list may have others between them.
bool Covers(const Json& present, const Json& wanted);

// What Find says of a path has to be known before it is changed.
class JsonEdit {
 public:
  explicit JsonEdit(Json object) : object_(std::move(object)) {}

  // The objects on the way to it are made where there are none.
  void Set(const Path& path, Json value);
  void Remove(const Path& path);
  // Before the element `index` of the list, which is made where there is none; at its end if that is its
  // size.
  void Insert(const Path& list, size_t index, Json value);
  void Erase(const Path& list, size_t index);

  const Json& object() const { return object_; }
  // All changes, in order.
  const Json& patch() const { return patch_; }

 private:
  void Note(const char* operation, const std::string& pointer, Json value);

  Json object_;
  Json patch_ = Json::array();
};

}  // namespace nsm::webhook
