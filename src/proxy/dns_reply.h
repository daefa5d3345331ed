// SPDX-License-Identifier: Apache-2.0
// What a name server said to one question.
#pragma once

#include <ares.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/core/ip_address.h"
#include "src/proxy/dns.h"

namespace nsm::proxy {

enum class RecordType { kA = 1, kSrv = 33, kAaaa = 28 };  // RFC 1035, 2782, 3596
std::string ToString(RecordType type);

// At most 64 records are taken from an answer, whatever it sends.
struct Reply {
  RecordType type = RecordType::kA;
  std::optional<int> error;  // of c-ares; none while the server has not answered
  std::vector<IpAddress> addresses;
  std::vector<SrvRecord> services;

  // Takes an answer as it came, the DNS header included (RFC 1035, section 4.1).
  void Read(absl::string_view message);

  bool has_records() const { return !addresses.empty() || !services.empty(); }
  bool is_negative() const { return error == ARES_ENOTFOUND || error == ARES_ENODATA; }
  // No other server needs to be asked.
  bool is_final() const { return has_records() || is_negative(); }
  // "SERVFAIL", "no valid answer" and so on.
  std::string ToString() const;
};

}  // namespace nsm::proxy
