// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/wire/registry_path.h"

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "src/core/status_macros.h"
#include "src/nsm/wire/limits.h"

namespace nsm {
namespace {

constexpr char kIndex[] = "Index";
constexpr char kSegments[] = "PathSegments";
constexpr char kToken[] = "token";

absl::Status NotAPath(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("metadata \"path\": ", why));
}

}  // namespace

absl::StatusOr<RegistryPath> RegistryPath::FromJson(absl::string_view json) {
  RegistryPath path;
  if (json.empty()) return path;
  nlohmann::json root = nlohmann::json::parse(json.begin(), json.end(), nullptr, /*allow_exceptions=*/false);
  if (!root.is_object()) return NotAPath("not a JSON object");
  if (auto index = root.find(kIndex); index != root.end()) {
    if (!index->is_number_unsigned()) return NotAPath("Index is not a number");
    if (index->get<uint64_t>() >= limits::kSegments) return NotAPath("Index is behind the longest path");
    path.index = index->get<uint32_t>();
  }
  if (auto segments = root.find(kSegments); segments != root.end() && !segments->is_null()) {
    if (!segments->is_array()) return NotAPath("PathSegments is not a list");
    if (segments->size() > limits::kSegments) return NotAPath("too many segments");
    for (const nlohmann::json& segment : *segments) {
      auto token = segment.find(kToken);
      if (token == segment.end() || !token->is_string()) return NotAPath("a segment has no token");
      path.tokens.push_back(token->get<std::string>());
      RETURN_IF_ERROR(CheckText("metadata \"path\": a token", path.tokens.back(), limits::kToken));
    }
  }
  if (path.index != 0 && path.index >= path.tokens.size())
    return NotAPath("Index is behind the last segment");
  return path;
}

std::string RegistryPath::ToJson() const {
  nlohmann::json segments;  // null while there is none, as upstream writes it
  for (const std::string& token : tokens) segments.push_back({{kToken, token}});
  return nlohmann::json({{kIndex, index}, {kSegments, segments}})
      .dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace);
}

std::string TokenOfNextHop(const RegistryPath& path) {
  const size_t next = size_t{path.index} + 1;
  return next < path.tokens.size() ? path.tokens[next] : "";
}

absl::Status EnterRegistryHop(const std::string& caller_token, const std::string& own_token,
                              RegistryPath& path) {
  if (path.tokens.empty()) {
    path = {.index = 1, .tokens = {caller_token, own_token}};
    return absl::OkStatus();
  }
  if (path.index >= path.tokens.size()) return NotAPath("Index is behind the last segment");
  if (!caller_token.empty()) path.tokens[path.index] = caller_token;
  ++path.index;
  if (path.index < path.tokens.size()) {
    path.tokens[path.index] = own_token;
    return absl::OkStatus();
  }
  if (path.tokens.size() >= limits::kSegments) return NotAPath("too many segments");
  path.tokens.push_back(own_token);
  return absl::OkStatus();
}

}  // namespace nsm
