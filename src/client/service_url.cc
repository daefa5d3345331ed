// SPDX-License-Identifier: Apache-2.0
#include "src/client/service_url.h"

#include <set>

#include "absl/strings/ascii.h"
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

absl::Status ParseLabels(absl::string_view query, std::map<std::string, std::string>& labels) {
  for (absl::string_view pair : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    std::pair<std::string, std::string> label = absl::StrSplit(pair, absl::MaxSplits('=', 1));
    if (label.first.empty())
      return absl::InvalidArgumentError(absl::StrCat("\"", pair, "\" is not LABEL=VALUE"));
    auto [it, is_new] = labels.insert(label);
    if (!is_new) absl::StrAppend(&it->second, ",", label.second);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ServiceUrl> ServiceUrl::Parse(absl::string_view text) {
  auto error = [text](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", text, "\": ", why, "; expected kernel://SERVICE[@DOMAIN]/INTERFACE[?LABEL=VALUE&...]"));
  };
  absl::string_view rest = absl::StripAsciiWhitespace(text);
  if (!absl::ConsumePrefix(&rest, "kernel://")) return error("the mechanism must be kernel");
  ServiceUrl url;
  if (size_t query = rest.find('?'); query != absl::string_view::npos) {
    if (absl::Status labels = ParseLabels(rest.substr(query + 1), url.labels); !labels.ok()) {
      return error(labels.message());
    }
    rest = rest.substr(0, query);
  }
  const size_t slash = EndOfService(rest);
  url.service = std::string(rest.substr(0, slash));
  if (url.service.empty() || url.service[0] == '@') return error("no service is named");
  if (url.service.back() == '@') return error("no domain follows the @");
  if (slash != absl::string_view::npos) url.interface = std::string(rest.substr(rest.rfind('/') + 1));
  if (url.interface.empty()) url.interface = InterfaceFor(url.service);
  if (absl::Status name = CheckInterfaceName(url.interface); !name.ok()) return error(name.message());
  return url;
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
