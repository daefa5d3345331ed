// SPDX-License-Identifier: Apache-2.0
#include "src/registry/object_name.h"

#include <algorithm>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "src/core/fingerprint.h"

namespace nsm::registry {
namespace {

constexpr size_t kLongest = 253;
constexpr absl::string_view kMark = ".x-";
constexpr size_t kDigits = 32;

bool IsLetterOrDigit(char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); }

bool IsLabel(absl::string_view part) {
  return !part.empty() && IsLetterOrDigit(part.front()) && IsLetterOrDigit(part.back()) &&
         std::all_of(part.begin(), part.end(), [](char c) { return IsLetterOrDigit(c) || c == '-'; });
}

bool IsSubdomain(absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '.');
  return name.size() <= kLongest && std::all_of(parts.begin(), parts.end(), IsLabel);
}

bool LooksMade(absl::string_view name) {
  if (name.size() < kMark.size() + kDigits) return false;
  const absl::string_view end = name.substr(name.size() - kMark.size() - kDigits);
  return absl::StartsWith(end, kMark) &&
         absl::c_all_of(end.substr(kMark.size()), [](char c) { return absl::ascii_isxdigit(c); });
}

// What people may know it by.
std::string Readable(absl::string_view name) {
  std::string text;
  for (char c : name.substr(0, kLongest - kMark.size() - kDigits)) {
    c = absl::ascii_tolower(c);
    text.push_back(IsLetterOrDigit(c) ? c : '-');
  }
  const size_t first = text.find_first_not_of('-');
  if (first == std::string::npos) return "entry";
  return text.substr(first, text.find_last_not_of('-') - first + 1);
}

}  // namespace

std::string ObjectName(absl::string_view name) {
  if (IsSubdomain(name) && !LooksMade(name)) return std::string(name);
  return absl::StrCat(Readable(name), kMark, Fingerprint(name));
}

}  // namespace nsm::registry
