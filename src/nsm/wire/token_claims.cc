// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/wire/token_claims.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"

namespace nsm {
namespace {

// Null where there is none.
nlohmann::json Claim(absl::string_view token, const char* name) {
  std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  std::string claims;
  if (parts.size() != 3 || !absl::WebSafeBase64Unescape(parts[1], &claims)) return nullptr;
  nlohmann::json root = nlohmann::json::parse(claims, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object()) return nullptr;
  auto claim = root.find(name);
  return claim == root.end() ? nlohmann::json() : *claim;
}

}  // namespace

std::optional<std::string> TokenSubject(absl::string_view token) {
  const nlohmann::json subject = Claim(token, "sub");
  if (!subject.is_string()) return std::nullopt;
  return subject.get<std::string>();
}

std::optional<absl::Time> TokenIssued(absl::string_view token) {
  const nlohmann::json issued = Claim(token, "iat");
  if (!issued.is_number()) return std::nullopt;
  return absl::UnixEpoch() + absl::Seconds(issued.get<double>());
}

}  // namespace nsm
