// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/token_signer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "src/core/status_macros.h"
#include "src/nsm/identity/jwt.h"
#include "src/nsm/identity/token_metadata.h"

namespace nsm {

absl::StatusOr<Token> TokenSigner::Make(absl::string_view audience, absl::Time audience_end) const {
  const absl::Time now = clock_.Now();
  if (svid_->end <= now) {
    return absl::UnavailableError(
        absl::StrCat("our certificate, of ", svid_->id.ToString(), ", has ended at ",
                     absl::FormatTime(absl::RFC3339_sec, svid_->end, absl::UTCTimeZone()),
                     ", and no other has come since"));
  }
  const absl::Time end = std::min(TokenEnd(now + life_), svid_->end);
  nlohmann::json claims = {
      {"exp", absl::ToUnixSeconds(end)}, {"iat", absl::ToUnixSeconds(now)}, {"sub", svid_->id.ToString()}};
  if (!audience.empty()) claims["aud"] = {audience};
  ASSIGN_OR_RETURN(std::string text, SignJwt(claims.dump(), *svid_->key));
  return Token{.text = std::move(text), .expires = std::min(end, audience_end)};
}

}  // namespace nsm
