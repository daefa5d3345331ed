// SPDX-License-Identifier: Apache-2.0
// How large what other programs send may be, and what their names may hold: the one place for it.
//
// Messages are checked where they enter a program, before anything acts on them; those of upstream's programs
// stay far below. The checks are pure. INVALID_ARGUMENT names the field, what it has and the limit:
// "connection.labels has 300 entries: at most 256".
#pragma once

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "src/nsm/wire/wire.h"

namespace nsm {

namespace limits {

// Bytes.
inline constexpr size_t kMessage = 256 * 1024;      // a request, a registration, a query, one answer
inline constexpr size_t kReceive = 1024 * 1024;     // a server: gRPC 1.51 refuses more, once it is there
inline constexpr size_t kAnswer = 4 * 1024 * 1024;  // the same for clients: an event lists many connections
inline constexpr size_t kFullEvent = 1024 * 1024;   // of the first events of a monitor: then comes another
inline constexpr size_t kMetadata = 128 * 1024;     // of one call: 64 tokens of 1 KiB and some more
inline constexpr size_t kFindBytes = 16 * 1024 * 1024;  // all answers to one search
inline constexpr size_t kName = 253;  // ids and names of connections, services, endpoints, hops, domains
inline constexpr size_t kWord = 64;   // a class or type, a payload, an address, a range of ports
inline constexpr size_t kUrl = 1024;
inline constexpr size_t kPathId = 2048;  // SPIFFE-ID, section 2.3
inline constexpr size_t kToken = 8 * 1024;
inline constexpr size_t kPair = 4 * 1024;  // key and value of a label, a parameter and the like, together

// Entries.
inline constexpr size_t kSegments = 64;
inline constexpr size_t kPreferences = 32;
inline constexpr size_t kParameters = 64;
inline constexpr size_t kLabels = 256;
inline constexpr size_t kAddresses = 256;
inline constexpr size_t kRoutes = 1024;
inline constexpr size_t kExcludedPrefixes = 1024;
inline constexpr size_t kPolicies = 64;
inline constexpr size_t kDns = 64;                 // configurations, and servers and domains of each
inline constexpr size_t kServices = 256;           // of an endpoint, of a selector
inline constexpr size_t kMatches = 256;            // of a service; routes of each
inline constexpr size_t kFindAnswers = 64 * 1024;  // to one search

}  // namespace limits

absl::Status CheckLimits(const NetworkServiceRequest& request);
absl::Status CheckLimits(const Connection& connection);
absl::Status CheckLimits(const MonitorScopeSelector& selector);
// Also what a query asks for.
absl::Status CheckLimits(const NetworkService& service);
absl::Status CheckLimits(const NetworkServiceEndpoint& endpoint);

// What is left of the answers that one search takes.
class FindBudget {
 public:
  // False, and spent, if one more answer of so many bytes is too much.
  bool Take(size_t bytes) {
    spent_ = spent_ || answers_ == 0 || bytes > bytes_;
    if (spent_) return false;
    --answers_;
    bytes_ -= bytes;
    return true;
  }
  bool is_spent() const { return spent_; }

 private:
  size_t answers_ = limits::kFindAnswers;
  size_t bytes_ = limits::kFindBytes;
  bool spent_ = false;
};

// For what does not come in a message: names `field` where `text` is longer than `most` bytes or has a
// control character.
absl::Status CheckText(absl::string_view field, absl::string_view text, size_t most);

}  // namespace nsm
