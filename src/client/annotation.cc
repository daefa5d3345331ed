// SPDX-License-Identifier: Apache-2.0
#include "src/client/annotation.h"

#include <functional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "src/core/status_macros.h"

namespace nsm::client {
namespace {

constexpr absl::string_view kScheme = "kernel://";
// Of an entry, in messages.
constexpr size_t kLongestExcerpt = 100;

std::string Excerpt(absl::string_view entry) {
  return absl::StrCat("\"", absl::CHexEscape(entry.substr(0, kLongestExcerpt)),
                      entry.size() > kLongestExcerpt ? "...\"" : "\"");
}

absl::StatusOr<ServiceUrl> ParseEntry(absl::string_view entry, size_t place) {
  absl::string_view path = entry.substr(0, entry.find('?'));
  absl::string_view labels = entry.substr(path.size());
  const std::vector<absl::string_view> parts = absl::StrSplit(path, '/');
  if (absl::StrContains(path, "://")) {
    return absl::InvalidArgumentError("a URL is for the annotation networkservicemesh.io");
  }
  if (parts.size() > 2) return absl::InvalidArgumentError("more than one / before the labels");
  const bool has_interface = parts.size() == 2 && !parts[1].empty();
  const std::string interface = has_interface ? std::string(parts[1]) : absl::StrCat("nsm", place);
  return ServiceUrl::ParseRest(absl::StrCat(parts[0], "/", interface, labels));
}

absl::StatusOr<ServiceUrl> ParseUrlEntry(absl::string_view entry, size_t /*place*/) {
  if (!absl::ConsumePrefix(&entry, kScheme)) {
    return absl::InvalidArgumentError(absl::StrCat("it does not begin with ", kScheme));
  }
  return ServiceUrl::ParseRest(entry);
}

absl::StatusOr<std::vector<ServiceUrl>> ParseEntries(
    absl::string_view text, absl::string_view form,
    const std::function<absl::StatusOr<ServiceUrl>(absl::string_view entry, size_t place)>& parse) {
  std::vector<ServiceUrl> urls;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    const absl::string_view entry = absl::StripAsciiWhitespace(part);
    absl::StatusOr<ServiceUrl> url = parse(entry, urls.size());
    if (!url.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("entry ", urls.size() + 1, " at character ",
                                                     entry.data() - text.data() + 1, ", ", Excerpt(entry),
                                                     ": ", url.status().message(), "; expected ", form));
    }
    urls.push_back(*std::move(url));
  }
  RETURN_IF_ERROR(CheckInterfaces(urls));
  return urls;
}

}  // namespace

absl::StatusOr<std::vector<ServiceUrl>> ParseAnnotation(absl::string_view text) {
  return ParseEntries(text, "SERVICE[@DOMAIN][/INTERFACE][?LABEL=VALUE&...][,...]", ParseEntry);
}

absl::StatusOr<std::vector<ServiceUrl>> ParseUrlAnnotation(absl::string_view text) {
  return ParseEntries(text, "kernel://SERVICE[@DOMAIN][/INTERFACE][?LABEL=VALUE&...][,...]", ParseUrlEntry);
}

}  // namespace nsm::client
