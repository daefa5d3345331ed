// SPDX-License-Identifier: Apache-2.0
// How the token of a call travels: in its metadata, with its expiry beside it. Source: NSM v1, sdk, token.
#pragma once

#include <map>
#include <string>

#include "absl/time/time.h"
#include "src/nsm/identity/identity.h"
#include "src/nsm/wire/wire.h"

namespace nsm {

inline std::map<std::string, std::string> MetadataOf(const Token& token) {
  return {{kTokenHeader, token.text},
          {kTokenExpiresHeader, absl::FormatTime(absl::RFC3339_full, token.expires, absl::UTCTimeZone())}};
}

// JWTs count whole seconds; rounding down would let a life of one second end at once.
inline absl::Time TokenEnd(absl::Time end) {
  return absl::FromUnixSeconds(absl::ToUnixSeconds(end + absl::Milliseconds(999)));
}

}  // namespace nsm
