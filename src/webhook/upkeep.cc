// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/upkeep.h"

#include "src/core/status_macros.h"
#include "src/webhook/configuration.h"
#include "src/webhook/identity.h"

namespace nsm::webhook {

absl::StatusOr<Upkeep> PlanUpkeep(const Observed& observed, const CertificateSource& source, absl::Time now) {
  Upkeep upkeep;
  KeptRight kept{.bundle = source.bundle, .namespaces = observed.annotated_namespaces};
  Identity identity;
  if (source.is_own) {
    if (observed.secret == nullptr) {
      return absl::FailedPreconditionError(
          "the Secret for the certificate is missing: whoever installs makes it");
    }
    const Identity before = FromSecret(*observed.secret);
    ASSIGN_OR_RETURN(identity, Renewed(before, source.names, now));
    if (identity != before) {
      upkeep.secret = WithIdentity(*observed.secret, identity);
      return upkeep;
    }
    kept.bundle = identity.bundle;
  }
  if (observed.configuration == nullptr) {
    return absl::FailedPreconditionError(
        "the MutatingWebhookConfiguration is missing: whoever installs makes it");
  }
  if (source.is_own && Trusts(*observed.configuration, identity.authority().certificate)) {
    upkeep.serve = identity.server;
  }
  ASSIGN_OR_RETURN(Json configuration, WithKeptRight(*observed.configuration, kept));
  if (configuration != *observed.configuration) upkeep.configuration = std::move(configuration);
  return upkeep;
}

}  // namespace nsm::webhook
