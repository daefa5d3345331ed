// SPDX-License-Identifier: Apache-2.0
#include "src/core/url.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "src/core/ip_address.h"
#include "src/core/status_macros.h"

namespace nsm {
namespace {

bool IsIpv6(absl::string_view host) { return absl::StrContains(host, ':'); }

}  // namespace

absl::StatusOr<HostPort> HostPort::Parse(absl::string_view text) {
  auto error = [text](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not HOST[:PORT]: ", why));
  };
  HostPort result;
  absl::string_view port;
  bool has_port = false;
  if (absl::StartsWith(text, "[")) {
    size_t close = text.find(']');
    if (close == absl::string_view::npos) return error("the bracket is not closed");
    result.host = std::string(text.substr(1, close - 1));
    // Also around IPv4, for who does not know which it is.
    if (!IsIpv6(result.host) && !IpAddress::Parse(result.host).ok())
      return error("brackets are for addresses");
    absl::string_view rest = text.substr(close + 1);
    has_port = absl::ConsumePrefix(&rest, ":");
    if (!has_port && !rest.empty()) return error("only a port may follow the bracket");
    port = rest;
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    size_t colon = text.find(':');
    result.host = std::string(text.substr(0, colon));
    port = text.substr(colon + 1);
    has_port = true;
  } else {
    result.host = std::string(text);
  }
  if (has_port) {
    uint32_t number = 0;
    if (!absl::SimpleAtoi(port, &number) || number == 0 || number > 65535)
      return error("a port is 1 to 65535");
    result.port = static_cast<uint16_t>(number);
  }
  return result;
}

std::string HostPort::ToString() const {
  std::string text = IsIpv6(host) ? absl::StrCat("[", host, "]") : host;
  if (port != 0) absl::StrAppend(&text, ":", port);
  return text;
}

absl::StatusOr<Url> Url::Parse(absl::string_view text) {
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "unix://")) {
    if (!absl::StartsWith(rest, "/")) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", text, "\" must hold an absolute path: unix:///PATH"));
    }
    return Unix(std::string(rest));
  }
  if (!absl::ConsumePrefix(&rest, "tcp://") && absl::StrContains(text, "://")) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\": expected unix:///PATH or tcp://HOST:PORT"));
  }
  ASSIGN_OR_RETURN(HostPort address, HostPort::Parse(rest));
  if (address.port == 0) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" has no port: expected tcp://HOST:PORT"));
  }
  return Tcp(std::move(address));
}

std::string Url::ToString() const {
  return is_unix() ? absl::StrCat("unix://", path) : absl::StrCat("tcp://", address.ToString());
}

std::string Url::ToGrpcTarget() const {
  if (is_unix()) return absl::StrCat("unix:", path);
  HostPort target = address;
  // Both families.
  if (target.host.empty()) target.host = "::";
  return target.ToString();
}

}  // namespace nsm
