// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/spiffe_id.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "src/core/status_macros.h"

namespace nsm {
namespace {

constexpr absl::string_view kScheme = "spiffe://";
constexpr size_t kLongestId = 2048;
constexpr size_t kLongestTrustDomain = 255;

bool IsPlain(char c) { return absl::ascii_isdigit(c) || c == '.' || c == '-' || c == '_'; }
bool IsOfTrustDomain(char c) { return absl::ascii_islower(c) || IsPlain(c); }
bool IsOfPath(char c) { return absl::ascii_isalpha(c) || IsPlain(c); }

absl::Status CheckTrustDomain(absl::string_view name) {
  if (name.empty()) return absl::InvalidArgumentError("the trust domain is missing");
  if (name.size() > kLongestTrustDomain) {
    return absl::InvalidArgumentError(
        absl::StrCat("the trust domain has more than ", kLongestTrustDomain, " characters"));
  }
  if (std::all_of(name.begin(), name.end(), IsOfTrustDomain)) return absl::OkStatus();
  return absl::InvalidArgumentError("a trust domain has lower case letters, digits, '.', '-' and '_' alone");
}

// `path` begins with its first '/'.
absl::Status CheckPath(absl::string_view path) {
  for (absl::string_view segment : absl::StrSplit(path.substr(1), '/')) {
    if (segment.empty()) return absl::InvalidArgumentError("a segment of the path is empty");
    if (segment == "." || segment == "..") {
      return absl::InvalidArgumentError(absl::StrCat("the path has the segment \"", segment, "\""));
    }
    if (!std::all_of(segment.begin(), segment.end(), IsOfPath)) {
      return absl::InvalidArgumentError("a path has letters, digits, '.', '-' and '_' alone");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SpiffeId> SpiffeId::Parse(absl::string_view text) {
  if (text.size() > kLongestId) {
    return absl::InvalidArgumentError(absl::StrCat("a SPIFFE ID has at most ", kLongestId, " characters"));
  }
  absl::string_view rest = text;
  if (!absl::ConsumePrefix(&rest, kScheme)) {
    return absl::InvalidArgumentError(absl::StrCat("a SPIFFE ID begins with ", kScheme));
  }
  const size_t end = std::min(rest.find('/'), rest.size());
  RETURN_IF_ERROR(CheckTrustDomain(rest.substr(0, end)));
  if (end < rest.size()) RETURN_IF_ERROR(CheckPath(rest.substr(end)));
  return SpiffeId{.trust_domain = std::string(rest.substr(0, end)), .path = std::string(rest.substr(end))};
}

std::string SpiffeId::ToString() const { return absl::StrCat(kScheme, trust_domain, path); }

absl::StatusOr<std::string> ParseTrustDomain(absl::string_view text) {
  absl::ConsumePrefix(&text, kScheme);
  RETURN_IF_ERROR(CheckTrustDomain(text));
  return std::string(text);
}

}  // namespace nsm
