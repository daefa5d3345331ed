// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/token_source.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace nsm {

InsecureTokenSource::InsecureTokenSource(absl::string_view name, absl::Duration lifetime, const Clock& clock)
    : header_(absl::WebSafeBase64Escape(R"({"alg":"none","typ":"JWT"})")),
      subject_(nlohmann::json(absl::StrCat("insecure:", name)).dump()),
      lifetime_(lifetime),
      clock_(clock) {}

Token InsecureTokenSource::Make() const {
  const absl::Time now = clock_.Now();
  // JWTs count whole seconds; rounding down would let a life of one second end at once.
  absl::Time expires = absl::FromUnixSeconds(absl::ToUnixSeconds(now + lifetime_ + absl::Milliseconds(999)));
  const std::string claims = absl::StrCat(R"({"exp":)", absl::ToUnixSeconds(expires), R"(,"iat":)",
                                          absl::ToUnixSeconds(now), R"(,"sub":)", subject_, "}");
  return {.text = absl::StrCat(header_, ".", absl::WebSafeBase64Escape(claims), "."), .expires = expires};
}

}  // namespace nsm
