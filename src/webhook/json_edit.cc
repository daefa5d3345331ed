// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/json_edit.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace nsm::webhook {
namespace {

constexpr size_t kDeepest = 200;

size_t DepthOf(absl::string_view text) {
  size_t depth = 0, deepest = 0;
  bool in_text = false;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_text) {
      if (c == '\\') ++at;
      if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

// RFC 6901.
std::string ToPointer(const Path& path) {
  std::string pointer;
  for (const std::string& name : path) {
    absl::StrAppend(&pointer, "/", absl::StrReplaceAll(name, {{"~", "~0"}, {"/", "~1"}}));
  }
  return pointer;
}

bool CoversInOrder(const Json& present, const Json& wanted) {
  auto next = present.begin();
  for (const Json& element : wanted) {
    next =
        std::find_if(next, present.end(), [&element](const Json& other) { return Covers(other, element); });
    if (next == present.end()) return false;
    ++next;
  }
  return true;
}

Json& At(Json& object, const Path& path) {
  Json* at = &object;
  for (const std::string& name : path) at = &(*at)[name];
  return *at;
}

const char* NameOf(Json::value_t type) {
  switch (type) {
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "a list";
    case Json::value_t::string:
      return "a text";
    case Json::value_t::boolean:
      return "true or false";
    default:
      return "what is expected";
  }
}

}  // namespace

std::string ToString(const Path& path) {
  std::string text;
  for (const std::string& name : path) {
    if (absl::StrContains(name, ".")) {
      absl::StrAppend(&text, "[\"", name, "\"]");
    } else {
      absl::StrAppend(&text, text.empty() ? "" : ".", name);
    }
  }
  return text;
}

Path operator/(const Path& path, const Path& more) {
  Path whole = path;
  whole.insert(whole.end(), more.begin(), more.end());
  return whole;
}

absl::StatusOr<Json> ParseJson(absl::string_view text) {
  if (DepthOf(text) > kDeepest) {
    return absl::InvalidArgumentError(absl::StrCat("JSON with more than ", kDeepest, " levels"));
  }
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return absl::InvalidArgumentError("no JSON");
  return json;
}

absl::StatusOr<const Json*> Find(const Json& object, const Path& path, Json::value_t type) {
  const Json* at = &object;
  Path walked;
  for (const std::string& name : path) {
    if (at->is_null()) return nullptr;
    if (!at->is_object())
      return absl::InvalidArgumentError(absl::StrCat(ToString(walked), " is not an object"));
    const auto member = at->find(name);
    if (member == at->end()) return nullptr;
    at = &*member;
    walked.push_back(name);
  }
  if (at->is_null()) return nullptr;
  if (at->type() != type) {
    return absl::InvalidArgumentError(absl::StrCat(ToString(path), " is not ", NameOf(type)));
  }
  return at;
}

absl::StatusOr<std::map<std::string, std::string>> FindTexts(const Json& object, const Path& path) {
  absl::StatusOr<const Json*> found = Find(object, path, Json::value_t::object);
  if (!found.ok()) return found.status();
  std::map<std::string, std::string> texts;
  if (*found == nullptr) return texts;
  for (const auto& [name, value] : (*found)->items()) {
    if (!value.is_string()) {
      return absl::InvalidArgumentError(absl::StrCat(ToString(path / Path{name}), " is not a text"));
    }
    texts[name] = value.get<std::string>();
  }
  return texts;
}

std::string TextOf(const Json& object, const std::string& member) {
  if (!object.is_object()) return "";
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

bool Covers(const Json& present, const Json& wanted) {
  if (wanted.is_array() && present.is_array()) return CoversInOrder(present, wanted);
  if (!wanted.is_object() || !present.is_object()) return present == wanted;
  return std::all_of(wanted.items().begin(), wanted.items().end(), [&present](const auto& member) {
    const auto found = present.find(member.key());
    return found != present.end() && Covers(*found, member.value());
  });
}

void JsonEdit::Set(const Path& path, Json value) {
  // The innermost object that there is gets all the rest at once.
  size_t present = 0;
  Json* at = &object_;
  while (present + 1 < path.size() && at->contains(path[present]) && !at->at(path[present]).is_null()) {
    at = &at->at(path[present++]);
  }
  for (size_t i = path.size() - 1; i > present; --i) value = Json{{path[i], std::move(value)}};
  const Path place(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(present) + 1);
  (*at)[path[present]] = value;
  Note("add", ToPointer(place), std::move(value));
}

void JsonEdit::Remove(const Path& path) {
  At(object_, Path(path.begin(), path.end() - 1)).erase(path.back());
  patch_.push_back({{"op", "remove"}, {"path", ToPointer(path)}});
}

void JsonEdit::Insert(const Path& list, size_t index, Json value) {
  Json& elements = At(object_, list);
  if (elements.is_null()) {
    elements = Json::array({value});
    return Note("add", ToPointer(list), elements);
  }
  elements.insert(elements.begin() + static_cast<std::ptrdiff_t>(index), value);
  const bool is_last = index + 1 == elements.size();
  Note("add", absl::StrCat(ToPointer(list), "/", is_last ? "-" : absl::StrCat(index)), std::move(value));
}

void JsonEdit::Erase(const Path& list, size_t index) {
  At(object_, list).erase(index);
  patch_.push_back({{"op", "remove"}, {"path", absl::StrCat(ToPointer(list), "/", index)}});
}

void JsonEdit::Note(const char* operation, const std::string& pointer, Json value) {
  patch_.push_back({{"op", operation}, {"path", pointer}, {"value", std::move(value)}});
}

}  // namespace nsm::webhook
