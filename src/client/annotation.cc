// SPDX-License-Identifier: Apache-2.0
#include "src/client/annotation.h"

#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "src/core/status_macros.h"

namespace nsm::client {
namespace {

std::optional<std::string> PercentDecoded(absl::string_view text) {
  std::string decoded;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    absl::string_view digits = text.substr(at + 1, 2);
    if (digits.size() != 2 || !absl::ascii_isxdigit(digits[0]) || !absl::ascii_isxdigit(digits[1])) {
      return std::nullopt;
    }
    decoded += absl::HexStringToBytes(digits);
    at += 2;
  }
  return decoded;
}

absl::Status DecodeLabels(ServiceUrl& url) {
  std::map<std::string, std::string> decoded;
  for (const auto& [label, value] : url.labels) {
    std::optional<std::string> key = PercentDecoded(label);
    std::optional<std::string> content = PercentDecoded(value);
    if (!key || !content) {
      return absl::InvalidArgumentError(
          absl::StrCat("label \"", label, "=", value, "\": % needs two hexadecimal digits"));
    }
    decoded[*key] = *content;
  }
  url.labels = std::move(decoded);
  return absl::OkStatus();
}

absl::StatusOr<ServiceUrl> ParseEntry(absl::string_view entry, size_t place) {
  absl::string_view path = entry.substr(0, entry.find('?'));
  absl::string_view labels = entry.substr(path.size());
  const std::vector<absl::string_view> parts = absl::StrSplit(path, '/');
  if (absl::StrContains(path, "://")) {
    return absl::InvalidArgumentError("a URL is for --network-services");
  }
  if (parts.size() > 2) return absl::InvalidArgumentError("more than one / before the labels");
  const bool has_interface = parts.size() == 2 && !parts[1].empty();
  const std::string interface = has_interface ? std::string(parts[1]) : absl::StrCat("nsm", place);
  ASSIGN_OR_RETURN(ServiceUrl url,
                   ServiceUrl::Parse(absl::StrCat("kernel://", parts[0], "/", interface, labels)));
  RETURN_IF_ERROR(DecodeLabels(url));
  return url;
}

}  // namespace

absl::StatusOr<std::vector<ServiceUrl>> ParseAnnotation(absl::string_view text) {
  std::vector<ServiceUrl> urls;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    absl::string_view entry = absl::StripAsciiWhitespace(part);
    auto url = ParseEntry(entry, urls.size());
    if (!url.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", entry, "\": ", url.status().message(),
                       "; an annotation is SERVICE[@DOMAIN][/INTERFACE][?LABEL=VALUE&...][,...]"));
    }
    urls.push_back(*std::move(url));
  }
  RETURN_IF_ERROR(CheckInterfaces(urls));
  return urls;
}

}  // namespace nsm::client
