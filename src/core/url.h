// SPDX-License-Identifier: Apache-2.0
// The addresses on which programs listen and which they dial: "unix:///path", "tcp://host:port".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace nsm {

// The path of a unix socket, in bytes: sockaddr_un::sun_path, less its end.
inline constexpr size_t kLongestUnixPath = 107;

// A host with an optional port: "host", "host:80", "192.0.2.1:80", "[192.0.2.1]:80", "[2001:db8::1]", "::1".
struct HostPort {
  static absl::StatusOr<HostPort> Parse(absl::string_view text);
  std::string ToString() const;
  std::string host;   // without brackets
  uint16_t port = 0;  // 0: none was given
  bool operator==(const HostPort&) const = default;
};

struct Url {
  enum class Scheme { kUnix, kTcp };
  // Also takes "host:port" without a scheme, as upstream's *_URL settings do.
  static absl::StatusOr<Url> Parse(absl::string_view text);
  static Url Unix(std::string path) {
    return {.scheme = Scheme::kUnix, .path = std::move(path), .address = {}};
  }
  static Url Tcp(HostPort address) {
    return {.scheme = Scheme::kTcp, .path = {}, .address = std::move(address)};
  }

  bool is_unix() const { return scheme == Scheme::kUnix; }
  std::string ToString() const;
  // The form that gRPC takes, for dialling and for listening: "unix:/path", "host:port".
  std::string ToGrpcTarget() const;

  Scheme scheme = Scheme::kTcp;
  std::string path;  // kUnix
  HostPort address;  // kTcp; an empty host means every address of this machine
  bool operator==(const Url&) const = default;
};

}  // namespace nsm
