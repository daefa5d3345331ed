// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/wire/token_claims.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"

namespace nsm {
namespace {

// One of the two JSON parts of a token, header and claims; null where there is none.
nlohmann::json Part(absl::string_view token, size_t index) {
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  std::string text;
  if (parts.size() != 3 || !absl::WebSafeBase64Unescape(parts[index], &text)) return nullptr;
  nlohmann::json root = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  return root.is_object() ? root : nlohmann::json();
}

nlohmann::json Header(absl::string_view token) { return Part(token, 0); }
nlohmann::json Claims(absl::string_view token) { return Part(token, 1); }

// Null where there is none.
nlohmann::json Member(const nlohmann::json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  auto member = object.find(name);
  return member == object.end() ? nlohmann::json() : *member;
}

std::optional<std::string> Text(const nlohmann::json& value) {
  return value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
}

std::optional<absl::Time> Time(const nlohmann::json& value) {
  if (!value.is_number()) return std::nullopt;
  return absl::UnixEpoch() + absl::Seconds(value.get<double>());
}

// One text, or a list of them (RFC 7519, section 4.1.3).
std::vector<std::string> Texts(const nlohmann::json& value) {
  std::vector<std::string> texts;
  if (value.is_string()) texts.push_back(value.get<std::string>());
  if (!value.is_array()) return texts;
  for (const nlohmann::json& text : value) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

absl::Status Lacks(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("a token has no ", what));
}

}  // namespace

std::optional<std::string> TokenSubject(absl::string_view token) {
  return Text(Member(Claims(token), "sub"));
}

std::optional<absl::Time> TokenIssued(absl::string_view token) { return Time(Member(Claims(token), "iat")); }

absl::StatusOr<TokenClaims> ParseToken(absl::string_view token) {
  if (token.empty()) return absl::InvalidArgumentError("a token is missing");
  const nlohmann::json claims = Claims(token);
  if (!claims.is_object()) return absl::InvalidArgumentError("a token is not a JWT");
  if (Member(Header(token), "alg") != "ES256") {
    return absl::InvalidArgumentError("a token's algorithm is not ES256");
  }
  std::optional<std::string> subject = Text(Member(claims, "sub"));
  if (!subject || subject->empty()) return Lacks("subject");
  const std::optional<absl::Time> expires = Time(Member(claims, "exp"));
  if (!expires) return Lacks("expiry");
  return TokenClaims{.subject = *std::move(subject),
                     .audience = Texts(Member(claims, "aud")),
                     .expires = *expires,
                     .issued = Time(Member(claims, "iat"))};
}

}  // namespace nsm
