// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/registration_life.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/nsm/wire/expiry.h"

namespace nsm {

absl::StatusOr<absl::Duration> RegistrationLife(const Caller& caller, const NetworkServiceEndpoint& entry,
                                                absl::Duration default_life, absl::Time now) {
  absl::Duration life = std::min(default_life, kLongestLife);
  for (absl::Time expires : {caller.token_expires, EndpointKind::EndOf(entry)}) {
    // Nothing is said, or nothing that would make it shorter.
    if (expires == absl::InfinitePast() || expires == absl::InfiniteFuture()) continue;
    absl::StatusOr<absl::Duration> allowed = LifeOf(expires, caller.token, now);
    if (!allowed.ok()) {
      return absl::Status(allowed.status().code(),
                          absl::StrCat("endpoint ", entry.name(), ": ", allowed.status().message()));
    }
    life = std::min(life, *allowed);
  }
  return life;
}

}  // namespace nsm
