// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/policies.h"

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/core/status_macros.h"
#include "src/nsm/wire/expiry.h"
#include "src/nsm/wire/token_claims.h"

namespace nsm {
namespace {

constexpr char kValid[] = "common/tokens_valid";
constexpr char kExpired[] = "common/tokens_expired";
constexpr char kChained[] = "common/tokens_chained";
constexpr char kPrevious[] = "server/prev_token_signed";
constexpr char kNext[] = "client/next_token_signed";

absl::Status Denied(absl::string_view why) { return absl::PermissionDeniedError(why); }

// "token 2 of 4"
std::string Place(size_t index, const std::vector<std::string>& tokens) {
  return absl::StrCat("token ", index + 1, " of ", tokens.size());
}

absl::Status CheckValid(const std::vector<std::string>& tokens) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    const absl::Status parsed = ParseToken(tokens[i]).status();
    if (!parsed.ok()) return Denied(absl::StrCat(Place(i, tokens), ": ", parsed.message()));
  }
  return absl::OkStatus();
}

std::string InSeconds(absl::Duration duration) {
  return absl::FormatDuration(absl::Trunc(duration, absl::Seconds(1)));
}

absl::Status CheckTime(const TokenClaims& claims, absl::Time now) {
  if (claims.expires + kClockTolerance <= now) {
    return Denied(absl::StrCat("it ended ", InSeconds(now - claims.expires), " ago"));
  }
  if (claims.issued && *claims.issued > now + kClockTolerance) {
    return Denied(absl::StrCat("it is from ", InSeconds(*claims.issued - now), " ahead"));
  }
  return absl::OkStatus();
}

absl::Status CheckTimes(const std::vector<std::string>& tokens, absl::Time now) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    absl::StatusOr<TokenClaims> claims = ParseToken(tokens[i]);
    const absl::Status time = claims.ok() ? CheckTime(*claims, now) : claims.status();
    if (!time.ok()) return Denied(absl::StrCat(Place(i, tokens), ": ", time.message()));
  }
  return absl::OkStatus();
}

absl::Status CheckChain(const std::vector<std::string>& tokens) {
  absl::StatusOr<TokenClaims> before;
  for (size_t i = 0; i < tokens.size(); ++i) {
    absl::StatusOr<TokenClaims> claims = ParseToken(tokens[i]);
    if (!claims.ok()) return Denied(absl::StrCat(Place(i, tokens), ": ", claims.status().message()));
    if (i > 0 && std::find(before->audience.begin(), before->audience.end(), claims->subject) ==
                     before->audience.end()) {
      return Denied(absl::StrCat(Place(i - 1, tokens), ": ", before->subject, " made it for ",
                                 absl::StrJoin(before->audience, " and "), ", not for ", claims->subject));
    }
    before = std::move(claims);
  }
  return absl::OkStatus();
}

}  // namespace

Policies::Policies() : names_{kValid, kExpired, kChained, kPrevious, kNext} {}

absl::StatusOr<Policies> Policies::Of(const std::vector<std::string>& names) {
  const Policies all;
  Policies some;
  some.names_.clear();
  for (const std::string& name : names) {
    if (!all.names_.contains(name)) {
      return absl::InvalidArgumentError(
          absl::StrCat("there is no policy \"", name, "\": there are ", absl::StrJoin(all.names_, ", ")));
    }
    some.names_.insert(name);
  }
  return some;
}

absl::Status Policies::Checked(absl::string_view policy, const absl::Status& result) const {
  if (result.ok()) return result;
  return Denied(absl::StrCat("policy ", policy, ": ", result.message()));
}

absl::Status Policies::CheckCommon(const std::vector<std::string>& tokens, absl::Time now) const {
  if (names_.contains(kValid)) RETURN_IF_ERROR(Checked(kValid, CheckValid(tokens)));
  if (names_.contains(kExpired)) RETURN_IF_ERROR(Checked(kExpired, CheckTimes(tokens, now)));
  if (names_.contains(kChained)) RETURN_IF_ERROR(Checked(kChained, CheckChain(tokens)));
  return absl::OkStatus();
}

absl::Status Policies::CheckCall(const Identity& own, const Peer& caller,
                                 const std::vector<std::string>& tokens, absl::Time now) const {
  if (!own.is_secure()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckCommon(tokens, now));
  if (!names_.contains(kPrevious)) return absl::OkStatus();
  if (tokens.size() < 2) return Checked(kPrevious, Denied("the path has no caller"));
  return Checked(kPrevious, own.CheckMaker(tokens[tokens.size() - 2], caller));
}

absl::Status Policies::CheckAnswer(const Identity& own, const Peer& next,
                                   const std::vector<std::string>& tokens, size_t place,
                                   absl::Time now) const {
  if (!own.is_secure()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckCommon(tokens, now));
  if (!names_.contains(kNext)) return absl::OkStatus();
  if (place >= tokens.size()) return Checked(kNext, Denied("the path has no next hop"));
  return Checked(kNext, own.CheckMaker(tokens[place], next));
}

}  // namespace nsm
