// SPDX-License-Identifier: Apache-2.0
// How a user names a service: kernel://SERVICE[@DOMAIN[:PORT]]/INTERFACE[?LABEL=VALUE&...]
// DOMAIN is a DNS name, an IPv4 address or an IPv6 address in brackets, and may have "tcp://" in front.
// Labels may be percent-encoded (RFC 3986), so that a value can have a comma or an ampersand.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace nsm::client {

struct ServiceUrl {
  // INVALID_ARGUMENT names the part that is wrong and the form that is expected. Without an interface one is
  // named after the service.
  static absl::StatusOr<ServiceUrl> Parse(absl::string_view text);
  // What follows kernel://; the error is only what is wrong.
  static absl::StatusOr<ServiceUrl> ParseRest(absl::string_view text);
  // Parse makes the same of it.
  std::string ToString() const;

  std::string service;                        // with its domain
  std::string interface;                      // 1 to 15 characters
  std::map<std::string, std::string> labels;  // a label given twice has its values joined by a comma
  bool operator==(const ServiceUrl&) const = default;
};

// ALREADY_EXISTS if two name the same interface.
absl::Status CheckInterfaces(const std::vector<ServiceUrl>& urls);

// A comma-separated list, with different interfaces.
absl::StatusOr<std::vector<ServiceUrl>> ParseServiceUrls(absl::string_view text);

}  // namespace nsm::client
