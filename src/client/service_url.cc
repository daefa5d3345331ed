// SPDX-License-Identifier: Apache-2.0
#include "src/client/service_url.h"

#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "src/core/interface_name.h"
#include "src/core/status_macros.h"

namespace nsm::client {
namespace {

// Service names may hold characters that interface names may not.
std::string InterfaceFor(absl::string_view service) {
  std::string name = "nsm-";
  for (char c : service.substr(0, service.find('@'))) {
    if (name.size() < kLongestInterfaceName && absl::ascii_isalnum(static_cast<unsigned char>(c))) name += c;
  }
  return name;
}

// The slash in front of the interface; a domain may have two of its own, as in ns@tcp://192.0.2.4:5002.
size_t EndOfService(absl::string_view rest) {
  constexpr absl::string_view kScheme = "@tcp://";
  size_t slash = rest.find('/');
  const size_t scheme = rest.find(kScheme);
  if (scheme != absl::string_view::npos && scheme < slash) slash = rest.find('/', scheme + kScheme.size());
  return slash;
}

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

// All but what RFC 3986 calls unreserved.
std::string PercentEncoded(absl::string_view text) {
  std::string encoded;
  for (char c : text) {
    const absl::string_view byte(&c, 1);
    const bool is_plain =
        absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("-._~", byte);
    absl::StrAppend(&encoded, is_plain ? "" : "%",
                    is_plain ? std::string(byte) : absl::BytesToHexString(byte));
  }
  return encoded;
}

absl::Status ParseLabels(absl::string_view query, std::map<std::string, std::string>& labels) {
  for (absl::string_view pair : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> label =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    const std::optional<std::string> key = PercentDecoded(label.first);
    const std::optional<std::string> value = PercentDecoded(label.second);
    if (!key || !value) {
      return absl::InvalidArgumentError(absl::StrCat("label \"", pair, "\": % needs two hexadecimal digits"));
    }
    if (key->empty()) return absl::InvalidArgumentError(absl::StrCat("\"", pair, "\" is not LABEL=VALUE"));
    auto [it, is_new] = labels.emplace(*key, *value);
    if (!is_new) absl::StrAppend(&it->second, ",", *value);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ServiceUrl> ServiceUrl::Parse(absl::string_view text) {
  absl::string_view rest = absl::StripAsciiWhitespace(text);
  absl::StatusOr<ServiceUrl> url = absl::ConsumePrefix(&rest, "kernel://")
                                       ? ParseRest(rest)
                                       : absl::InvalidArgumentError("the mechanism must be kernel");
  if (url.ok()) return url;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\": ", url.status().message(),
                   "; expected kernel://SERVICE[@DOMAIN]/INTERFACE[?LABEL=VALUE&...]"));
}

absl::StatusOr<ServiceUrl> ServiceUrl::ParseRest(absl::string_view rest) {
  ServiceUrl url;
  if (size_t query = rest.find('?'); query != absl::string_view::npos) {
    RETURN_IF_ERROR(ParseLabels(rest.substr(query + 1), url.labels));
    rest = rest.substr(0, query);
  }
  const size_t slash = EndOfService(rest);
  url.service = std::string(rest.substr(0, slash));
  if (url.service.empty() || url.service[0] == '@') return absl::InvalidArgumentError("no service is named");
  if (url.service.back() == '@') return absl::InvalidArgumentError("no domain follows the @");
  if (slash != absl::string_view::npos) url.interface = std::string(rest.substr(rest.rfind('/') + 1));
  if (url.interface.empty()) url.interface = InterfaceFor(url.service);
  RETURN_IF_ERROR(CheckInterfaceName(url.interface));
  return url;
}

std::string ServiceUrl::ToString() const {
  std::string text = absl::StrCat("kernel://", service, "/", interface);
  char before = '?';
  for (const auto& [label, value] : labels) {
    absl::StrAppend(&text, std::string(1, std::exchange(before, '&')), PercentEncoded(label), "=",
                    PercentEncoded(value));
  }
  return text;
}

absl::Status CheckInterfaces(const std::vector<ServiceUrl>& urls) {
  std::set<std::string> interfaces;
  for (const ServiceUrl& url : urls) {
    if (interfaces.insert(url.interface).second) continue;
    return absl::AlreadyExistsError(
        absl::StrCat("interface ", url.interface, " is named twice: give each service its own"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ServiceUrl>> ParseServiceUrls(absl::string_view text) {
  std::vector<ServiceUrl> urls;
  for (absl::string_view part : absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    ASSIGN_OR_RETURN(ServiceUrl url, ServiceUrl::Parse(part));
    urls.push_back(std::move(url));
  }
  RETURN_IF_ERROR(CheckInterfaces(urls));
  return urls;
}

}  // namespace nsm::client
