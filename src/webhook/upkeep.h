// SPDX-License-Identifier: Apache-2.0
// What is to be done so that API servers trust the webhook and ask it about the right pods. Pure, but for the
// making of keys.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/webhook/certificate.h"
#include "src/webhook/json_edit.h"

namespace nsm::webhook {

struct Observed {
  const Json* secret = nullptr;         // null: there is none; always, with a certificate of somebody else's
  const Json* configuration = nullptr;  // null: there is none
  std::optional<std::set<std::string>> annotated_namespaces;  // none: not known yet
};

struct CertificateSource {
  bool is_own = true;              // made here and kept in the Secret
  std::vector<std::string> names;  // of the server
  std::string bundle;              // of somebody else's: who has signed it; empty: who installs it knows
};

// One step: another one is planned of what is observed after it.
struct Upkeep {
  std::optional<Json> secret;         // update it to this
  std::optional<Json> configuration;  // likewise
  std::optional<KeyPair> serve;       // show this certificate from now on
};

// The order in which a certificate comes into use: kept in the Secret, then its authority trusted by what API
// servers read, then shown. FAILED_PRECONDITION names what is missing.
absl::StatusOr<Upkeep> PlanUpkeep(const Observed& observed, const CertificateSource& source, absl::Time now);

}  // namespace nsm::webhook
