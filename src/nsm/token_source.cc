// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/token_source.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace nsm {

Token InsecureTokenSource::Make() const {
  // JWTs count whole seconds; rounding down would let a life of one second end at once.
  absl::Time expires =
      absl::FromUnixSeconds(absl::ToUnixSeconds(clock_.Now() + lifetime_ + absl::Milliseconds(999)));
  nlohmann::json claims = {{"sub", absl::StrCat("insecure:", name_)}, {"exp", absl::ToUnixSeconds(expires)}};
  return {.text = absl::StrCat(absl::WebSafeBase64Escape(R"({"alg":"none","typ":"JWT"})"), ".",
                               absl::WebSafeBase64Escape(claims.dump()), "."),
          .expires = expires};
}

}  // namespace nsm
