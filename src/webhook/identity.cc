// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/identity.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm::webhook {
namespace {

constexpr absl::Duration kAuthorityLife = absl::Hours(24 * 365 * 6);
constexpr absl::Duration kServerLife = absl::Hours(24 * 90);
// Another machine's clock may be late.
constexpr absl::Duration kSkew = absl::Hours(1);
constexpr size_t kMostTrusted = 4;

Lifetime From(absl::Time now, absl::Duration life) { return {now - kSkew, now + life}; }

bool WillLast(const std::string& certificate, absl::Time now) {
  const absl::StatusOr<Lifetime> lifetime = LifetimeOf(certificate);
  return lifetime.ok() && lifetime->from <= now && (lifetime->to - now) * 3 >= lifetime->to - lifetime->from;
}

bool IsExpired(const std::string& certificate, absl::Time now) {
  const absl::StatusOr<Lifetime> lifetime = LifetimeOf(certificate);
  return !lifetime.ok() || lifetime->to <= now;
}

std::string Joined(const std::string& authority, const std::string& before, absl::Time now) {
  std::string bundle = authority;
  size_t count = 1;
  for (const std::string& certificate : SplitCertificates(before)) {
    if (count < kMostTrusted && certificate != authority && !IsExpired(certificate, now)) {
      absl::StrAppend(&bundle, certificate);
      ++count;
    }
  }
  return bundle;
}

std::string FromBase64(const std::string& text) {
  std::string decoded;
  return absl::Base64Unescape(text, &decoded) ? decoded : "";
}

}  // namespace

KeyPair Identity::authority() const {
  const std::vector<std::string> certificates = SplitCertificates(bundle);
  return {certificates.empty() ? "" : certificates.front(), authority_key};
}

absl::StatusOr<Identity> Renewed(Identity identity, const std::vector<std::string>& names, absl::Time now) {
  if (!CheckKey(identity.authority()).ok() || !WillLast(identity.authority().certificate, now)) {
    ASSIGN_OR_RETURN(const KeyPair authority,
                     MakeAuthority("nsm-webhook authority", From(now, kAuthorityLife)));
    identity.bundle = Joined(authority.certificate, identity.bundle, now);
    identity.authority_key = authority.key;
  }
  const bool is_good =
      CheckKey(identity.server).ok() && WillLast(identity.server.certificate, now) &&
      CheckServerCertificate(identity.server.certificate, identity.authority().certificate, names).ok();
  if (is_good) return identity;
  ASSIGN_OR_RETURN(identity.server,
                   MakeServerCertificate(identity.authority(), names, From(now, kServerLife)));
  return identity;
}

Identity FromSecret(const Json& secret) {
  const absl::StatusOr<const Json*> data = Find(secret, {"data"}, Json::value_t::object);
  if (!data.ok() || *data == nullptr) return {};
  auto text = [&data](const char* name) { return FromBase64(TextOf(**data, name)); };
  return {.bundle = text("ca.crt"),
          .authority_key = text("ca.key"),
          .server = {.certificate = text("tls.crt"), .key = text("tls.key")}};
}

Json WithIdentity(Json secret, const Identity& identity) {
  secret["data"] = {{"ca.crt", absl::Base64Escape(identity.bundle)},
                    {"ca.key", absl::Base64Escape(identity.authority_key)},
                    {"tls.crt", absl::Base64Escape(identity.server.certificate)},
                    {"tls.key", absl::Base64Escape(identity.server.key)}};
  return secret;
}

}  // namespace nsm::webhook
