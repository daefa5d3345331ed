// SPDX-License-Identifier: Apache-2.0
// The certificate that the webhook makes for itself, and its keeping in a Secret, so that all replicas have
// the same. Pure, but for the making of keys.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/webhook/certificate.h"
#include "src/webhook/json_edit.h"

namespace nsm::webhook {

struct Identity {
  // Who is trusted: the authority first, then those before it that may still have signed what a replica uses.
  std::string bundle;
  std::string authority_key;
  KeyPair server;

  KeyPair authority() const;
  bool operator==(const Identity&) const = default;
};

// The same one if it is good and will be for a while (a third of its life); else with a new certificate, and
// a new authority where that one is not. Anything may be in it.
absl::StatusOr<Identity> Renewed(Identity identity, const std::vector<std::string>& names, absl::Time now);

// Of the Secret's `data`: ca.crt (the bundle), ca.key, tls.crt, tls.key. What is missing or no text is empty.
Identity FromSecret(const Json& secret);
// The Secret with it.
Json WithIdentity(Json secret, const Identity& identity);

}  // namespace nsm::webhook
