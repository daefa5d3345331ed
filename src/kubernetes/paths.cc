// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/paths.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace nsm::kubernetes {
namespace {

// RFC 3986: all but the unreserved characters.
std::string Escape(const std::string& text) {
  std::string escaped;
  for (const char byte : text) {
    if (absl::ascii_isalnum(byte) || absl::string_view("-._~").find(byte) != absl::string_view::npos) {
      escaped += byte;
    } else {
      absl::StrAppend(&escaped, "%", absl::Hex(static_cast<uint8_t>(byte), absl::kZeroPad2));
    }
  }
  return escaped;
}

}  // namespace

std::string ToString(const Resource& resource) {
  std::string text = resource.plural;
  if (!resource.group.empty()) absl::StrAppend(&text, ".", resource.group);
  if (!resource.name_space.empty()) absl::StrAppend(&text, " in namespace ", resource.name_space);
  return text;
}

std::string CollectionPath(const Resource& resource) {
  std::string path = resource.group.empty()
                         ? absl::StrCat("/api/", resource.version)
                         : absl::StrCat("/apis/", Escape(resource.group), "/", resource.version);
  if (!resource.name_space.empty()) absl::StrAppend(&path, "/namespaces/", Escape(resource.name_space));
  return absl::StrCat(path, "/", Escape(resource.plural));
}

std::string ObjectPath(const Resource& resource, const std::string& name) {
  return absl::StrCat(CollectionPath(resource), "/", Escape(name));
}

std::string QueryString(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    if (!value.empty()) absl::StrAppend(&text, text.empty() ? "?" : "&", name, "=", Escape(value));
  }
  return text;
}

}  // namespace nsm::kubernetes
